import Glibc
import GRDB
import HostTesting
import Model
import Store
import Testing

@testable import Tenancy

struct KeysTests {
    private let acme = TenantID(unchecked: "acme")

    private func with(_ body: (Store, String) async throws -> Void) async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let store = try await Self.open(folder)
        try await body(store, folder)
        await store.close()
    }

    private static func open(_ folder: String) async throws(Problem) -> Store {
        var options = Store.Options()
        options.registrySteps = KeyRecord.steps
        return try await Store.open(folder, options)
    }

    @Test func `a key opens what it was made for, until it is revoked`() async throws {
        try await with { store, _ in
            _ = try await store.createTenant(acme)
            let keys = try await Keys(store)
            let wish = try KeyWish(name: "ci", tenant: acme, scopes: ["plugins:call"])
            let (record, text) = try await keys.create(wish, by: .local("root"))
            let principal = try #require(keys.authenticate(text.text))
            #expect(principal.tenant == acme)
            #expect(principal.scopes == [.pluginsCall])
            #expect(keys.list(tenant: acme).map(\.id) == [record.id])
            #expect(keys.list(tenant: acme).first?.lastUsed != nil)
            _ = try await keys.revoke(record.id, by: .local("root"))
            #expect(keys.authenticate(text.text) == nil)
            #expect(keys.list(tenant: nil).isEmpty)
        }
    }

    @Test func `keys outlive the daemon, and no file of the registry holds their text`() async throws {
        try await with { store, folder in
            let keys = try await Keys(store)
            let (_, text) = try await keys.create(try KeyWish(name: "ci", tenant: nil, scopes: ["status:read"]), by: .local("root"))
            _ = keys.authenticate(text.text)
            try await keys.flush()
            let again = try await Keys(store)
            #expect(again.authenticate(text.text) != nil)
            #expect(again.list(tenant: nil).first?.lastUsed != nil)
            for suffix in ["", "-wal"] {
                guard let file = fopen(folder + "/registry.db" + suffix, "r") else { continue }
                defer { fclose(file) }
                var bytes: [UInt8] = []
                var part = [UInt8](repeating: 0, count: 1 << 16)
                while case let count = fread(&part, 1, part.count, file), count > 0 { bytes += part[..<count] }
                #expect(bytes.firstRange(of: Array(text.text.utf8)) == nil)
            }
        }
    }

    @Test func `an expired key opens nothing`() async throws {
        try await with { store, _ in
            let keys = try await Keys(store)
            let (record, text) = try await keys.create(
                try KeyWish(name: "ci", tenant: nil, scopes: ["status:read"], days: 1), by: .local("root"))
            #expect(keys.authenticate(text.text) != nil)
            try await store.writeRegistry { database in
                try database.execute(sql: "UPDATE apiKey SET expires = 1 WHERE id = ?", arguments: [record.id.rawValue])
            }
            let later = try await Keys(store)
            #expect(later.authenticate(text.text) == nil)
        }
    }

    @Test func `a tenant's keys go with it`() async throws {
        try await with { store, _ in
            _ = try await store.createTenant(acme)
            let keys = try await Keys(store)
            let (_, text) = try await keys.create(try KeyWish(name: "ci", tenant: acme, scopes: ["status:read"]), by: .local("root"))
            keys.forget(acme)
            try await store.deleteTenant(acme)
            #expect(keys.authenticate(text.text) == nil)
            let later = try await Keys(store)
            #expect(later.list(tenant: nil).isEmpty)
        }
    }

    @Test func `whoever is bound to a tenant finds the keys of no other`() async throws {
        try await with { store, _ in
            _ = try await store.createTenant(acme)
            let keys = try await Keys(store)
            let (record, _) = try await keys.create(try KeyWish(name: "op", tenant: nil, scopes: ["status:read"]), by: .local("root"))
            let bound = Principal("key k", tenant: acme, scopes: Set(Scope.allCases))
            await #expect(throws: Problem.self) { try await keys.revoke(record.id, by: bound) }
            #expect(keys.list(tenant: nil).count == 1)
        }
    }

    @Test(arguments: [
        ("", ["status:read"], nil), ("a\nb", ["status:read"], nil), ("ci", [], nil), ("ci", ["status:write"], nil),
        ("ci", ["status:read"], 0), ("ci", ["status:read"], 4000),
    ] as [(String, [String], Int?)])
    func `a wish that makes no sense is refused`(name: String, scopes: [String], days: Int?) {
        #expect(throws: Problem.self) { try KeyWish(name: name, tenant: nil, scopes: scopes, days: days) }
    }
}
