import Foundation
import GRDB
import Model
import Synchronization
import Testing

@testable import Store

struct OutboxTests {
    private static var options: Store.Options {
        var options = StoreFixture.options()
        options.tenantSteps += Outbox.tenantSteps
        options.registrySteps = [
            MigrationStep("told") { try $0.execute(sql: "CREATE TABLE told (text TEXT NOT NULL) STRICT") }
        ] + Outbox.registrySteps
        return options
    }

    private static let readers: [String: Outbox.Reader] = [
        "tell": { database, tenant, content in
            try database.execute(sql: "INSERT INTO told (text) VALUES (?)", arguments: ["\(tenant): \(content.string ?? "")"])
        }
    ]

    private static func told(_ store: Store) async throws -> [String] {
        try await store.readRegistry { try String.fetchAll($0, sql: "SELECT text FROM told ORDER BY rowid") }
    }

    private static func notes(_ tenant: TenantStore) async throws -> [String] {
        try await tenant.read { try String.fetchAll($0, sql: "SELECT text FROM note ORDER BY rowid") }
    }

    private static func change(_ text: String, _ database: Database) throws {
        try database.execute(sql: "INSERT INTO note (text) VALUES (?)", arguments: [text])
        try Outbox.post("tell", .string(text), in: database)
    }

    private let acme = TenantID(unchecked: "acme")

    @Test func `what a tenant's change posts is carried out in the registry, once and in order`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let store = try await Store.open(path, Self.options)
            _ = try await store.createTenant(acme)
            let (tenant, outbox) = (try await store.tenant(acme), Outbox(store, readers: Self.readers))
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try? await outbox.change(tenant) { database in
                            try Self.change("\(number)", database)
                            try Self.change("\(number)+", database)
                        }
                    }
                }
            }
            // In the order in which the changes were made, each with its own.
            #expect(try await Self.told(store) == Self.notes(tenant).map { "acme: \($0)" })
            #expect(try await Self.told(store).count == 40)
            let left = try await store.readRegistry { database in
                try Int.fetchOne(database, sql: "SELECT (SELECT count(*) FROM outboxPending) + (SELECT count(*) FROM outboxTaken)")
            }
            #expect(left == 0)
            await store.close()
        }
    }

    /// What a daemon that is killed there leaves, as its successor finds it.
    private static func crash(_ store: Store, _ body: (_ notes: [String], _ told: [String]) -> Void) async throws {
        let copy = store.folder.path + "-crashed"
        try? FolderRemoval.remove(copy)
        try FileManager.default.copyItem(atPath: store.folder.path, toPath: copy)
        defer { try? FolderRemoval.remove(copy) }
        let next = try await Store.open(copy, options)
        let outbox = Outbox(next, readers: readers)
        for _ in 0..<2 {
            #expect(try await outbox.deliverLeft().isEmpty)
            let tenant = try await next.tenant(TenantID(unchecked: "acme"))
            body(try await notes(tenant), try await told(next))
        }
        await next.close()
    }

    @Test func `a daemon killed at any step leaves both changes or none`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let store = try await Store.open(path, Self.options)
            _ = try await store.createTenant(acme)
            let (tenant, outbox) = (try await store.tenant(acme), Outbox(store, readers: Self.readers))
            try await outbox.note(acme)
            try await Self.crash(store) { #expect($0.isEmpty && $1.isEmpty) }
            try await tenant.write { try Self.change("once", $0) }
            try await Self.crash(store) { #expect($0 == ["once"] && $1 == ["acme: once"]) }
            let messages = try await tenant.read { try Outbox.Message.all(in: $0) }
            try await store.writeRegistry { [acme] in try Outbox.take(messages, of: acme, Self.readers, in: $0) }
            try await Self.crash(store) { #expect($0 == ["once"] && $1 == ["acme: once"]) }
            try await tenant.write { try $0.execute(sql: "DELETE FROM outbox") }
            try await Self.crash(store) { #expect($0 == ["once"] && $1 == ["acme: once"]) }
            await store.close()
        }
    }

    @Test func `a tenant whose database is damaged holds up no other at the start`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            var store = try await Store.open(path, Self.options)
            let globex = TenantID(unchecked: "globex")
            for id in [acme, globex] {
                _ = try await store.createTenant(id)
                try await Outbox(store, readers: [:]).note(id)
                try await store.tenant(id).write { try Self.change("once", $0) }
            }
            let database = store.folder.tenant(acme).databasePath
            await store.close()
            for suffix in ["-wal", "-shm"] { unlink(database + suffix) }
            try Data("no database at all, but long enough for the header of one".utf8).write(to: URL(filePath: database))
            store = try await Store.open(path, Self.options)
            let left = try await Outbox(store, readers: Self.readers).deliverLeft()
            #expect(Array(left.keys) == [acme])
            #expect(try await Self.told(store) == ["globex: once"])
            await store.close()
        }
    }

    @Test func `a message that cannot be carried out stays, with all behind it`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let store = try await Store.open(path, Self.options)
            _ = try await store.createTenant(acme)
            let tenant = try await store.tenant(acme)
            let old = Outbox(store, readers: [:])
            let refusal = await #expect(throws: Problem.self) { try await old.change(tenant) { try Self.change("first", $0) } }
            #expect(refusal?.message == "tenant acme has a message of an unknown kind: tell")
            #expect(try await Self.notes(tenant) == ["first"])
            #expect(try await Self.told(store).isEmpty)
            try await Outbox(store, readers: Self.readers).change(tenant) { try Self.change("second", $0) }
            #expect(try await Self.told(store) == ["acme: first", "acme: second"])
            // A change that does not come about tells nothing.
            await #expect(throws: Problem.self) {
                try await Outbox(store, readers: Self.readers).change(tenant) { database in
                    try Self.change("third", database)
                    throw Problem(.conflict, "no")
                }
            }
            #expect(try await Self.told(store).count == 2)
            // With the tenant its messages go, and a tenant on its way out holds up nobody.
            try await old.note(acme)
            try await store.deleteTenant(acme)
            #expect(try await Outbox(store, readers: Self.readers).deliverLeft().isEmpty)
            await store.close()
        }
    }
}
