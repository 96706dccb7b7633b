import GRDB
import Model
import Synchronization
import Testing

@testable import Store

/// Readings of a tenant's database that are remembered, and forgotten as soon as their tables change.
@Suite(.timeLimit(.minutes(1))) struct KeptReadingTests {
    private final class Reads: Sendable {
        private let state = Mutex(0)
        var count: Int { state.withLock { $0 } }
        func note() { state.withLock { $0 += 1 } }
    }

    private static let acme = TenantID(unchecked: "acme")
    private let reads = Reads()

    private func notes(of tables: Set<String> = ["note"]) -> KeptReading<[String]> {
        KeptReading("notes", of: tables) { [reads] database in
            reads.note()
            return try String.fetchAll(database, sql: "SELECT text FROM note")
        }
    }

    private func with(keeping: Set<String>, openTenants: Int = 64, _ body: (Store) async throws -> Void) async throws {
        try await StoreFixture.withFolder { path in
            var options = StoreFixture.options(openTenants: openTenants)
            options.keptTables = keeping
            options.tenantSteps.append(
                MigrationStep("others") { try $0.execute(sql: "CREATE TABLE other (text TEXT NOT NULL) STRICT") })
            let store = try await Store.open(path + "/data", options)
            for id in ["acme", "globex", "initech"] { _ = try await store.createTenant(TenantID(unchecked: id)) }
            try await body(store)
            await store.close()
        }
    }

    @Test func `what was read is read again when its tables change, and then alone`() async throws {
        try await with(keeping: ["note"]) { store in
            let tenant = try await store.tenant(Self.acme)
            for _ in 0..<3 { #expect(try await tenant.read(notes()) == []) }
            #expect(reads.count == 1)
            try await tenant.addNote("a")
            for _ in 0..<3 { #expect(try await tenant.read(notes()) == ["a"]) }
            #expect(reads.count == 2)
            try await tenant.write { try $0.execute(sql: "INSERT INTO other (text) VALUES ('x')") }
            #expect(try await tenant.read(notes()) == ["a"])
            _ = try? await tenant.write { database in
                try database.execute(sql: "DELETE FROM note")
                throw Problem(.conflict, "undone")
            }
            #expect(try await tenant.read(notes()) == ["a"])
            try await tenant.write { try $0.execute(sql: "DELETE FROM note") }
            #expect(try await tenant.read(notes()) == [])
        }
    }

    @Test func `a reading of a table that nobody watches is made each time`() async throws {
        try await with(keeping: ["other"]) { store in
            let tenant = try await store.tenant(Self.acme)
            for _ in 0..<3 { _ = try await tenant.read(notes(of: ["note", "other"])) }
            #expect(reads.count == 3)
        }
    }

    @Test func `what is remembered of one tenant is no other's, and goes with its database`() async throws {
        try await with(keeping: ["note"], openTenants: 1) { store in
            let (acme, globex) = (try await store.tenant(Self.acme), try await store.tenant(TenantID(unchecked: "globex")))
            try await acme.addNote("a")
            #expect(try await acme.read(notes()) == ["a"])
            #expect(try await globex.read(notes()) == [])
            await store.openTenants.shut(Self.acme, telling: Problem(.conflict, "restored just now"))
            await #expect(throws: Problem.self) { try await acme.read(notes()) }
            await store.openTenants.readmit(Self.acme)
            #expect(try await acme.read(notes()) == ["a"])
        }
    }

    @Test func `whoever has written finds it, whatever others read meanwhile`() async throws {
        try await with(keeping: ["note"]) { store in
            let tenant = try await store.tenant(Self.acme)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { for _ in 0..<300 { _ = try await tenant.read(notes()) } }
                }
                for number in 0..<100 {
                    try await tenant.addNote("\(number)")
                    #expect(try await tenant.read(notes()).count == number + 1)
                }
                try await group.waitForAll()
            }
        }
    }
}
