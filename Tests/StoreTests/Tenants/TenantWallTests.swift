import GRDB
import Model
import Testing

@testable import Store

/// What holds one tenant apart from the others, and from the room of the others.
struct TenantWallTests {
    @Test func `a database that would outgrow its quota is refused, and everything else goes on`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            var quota = Quota.ordinary
            quota.disk = .mebibytes(1)
            _ = try await store.createTenant(id("small"), quota: quota)
            _ = try await store.createTenant(id("other"))
            let small = try await store.tenant(id("small"))
            var count = 0
            let problem = await #expect(throws: Problem.self) {
                while count < 100 {
                    try await small.addNote(String(repeating: "x", count: 100_000))
                    count += 1
                }
            }
            #expect(problem?.code == .quotaExceeded)
            #expect(problem?.message == "the database of tenant small has reached its quota of 1MiB")
            #expect((5...10).contains(count))
            #expect(try await small.notes().count == count)
            try await store.tenant(id("other")).addNote("goes on")

            // What is deleted makes room, and so does a larger quota, at once.
            try await small.write { try $0.execute(sql: "DELETE FROM note WHERE rowid = 1") }
            try await small.addNote(String(repeating: "y", count: 90_000))
            quota.disk = .mebibytes(8)
            _ = try await store.setQuota(quota, of: id("small"))
            for _ in 0..<10 { try await small.addNote(String(repeating: "z", count: 100_000)) }

            // And it holds for a database that was closed meanwhile.
            quota.disk = .mebibytes(1)
            _ = try await store.setQuota(quota, of: id("small"))
            await store.rest()
            let again = await #expect(throws: Problem.self) { try await small.addNote(String(repeating: "x", count: 100_000)) }
            #expect(again?.code == .quotaExceeded)
        }
    }

    @Test func `no other database can be reached from the one of a tenant`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            for name in ["acme", "globex"] { _ = try await store.createTenant(id(name)) }
            try await store.tenant(id("globex")).addNote("secret")
            let acme = try await store.tenant(id("acme"))
            for place in [store.folder.tenant(try id("globex")).databasePath, store.folder.registryPath, ":memory:"] {
                let sql = "ATTACH '\(place)' AS other"
                let read = await #expect(throws: Problem.self) { try await acme.read { try $0.execute(sql: sql) } }
                let write = await #expect(throws: Problem.self) { try await acme.write { try $0.execute(sql: sql) } }
                let registry = await #expect(throws: Problem.self) { try await store.writeRegistry { try $0.execute(sql: sql) } }
                for problem in [read, write, registry] {
                    #expect(problem?.cause?.contains("too many attached databases") == true, "\(problem?.cause ?? "")")
                }
            }
        }
    }
}
