import GRDB
import Model
import Testing

@testable import Store

/// Records of tenants that are remembered, and forgotten as soon as one of them changes.
@Suite(.timeLimit(.minutes(1))) struct TenantRecordTests {
    private static let acme = TenantID(unchecked: "acme")

    @Test func `whoever changes a tenant finds it changed, however he does it`() async throws {
        try await StoreFixture.with { store in
            _ = try await store.createTenant(Self.acme)
            let before = try await store.record(of: Self.acme)
            #expect(try await store.record(of: Self.acme).quota == before.quota)
            var quota = before.quota
            quota.processes += 1
            let wanted = quota
            _ = try await store.registry.setQuota(wanted, of: Self.acme)
            #expect(try await store.record(of: Self.acme).quota == wanted)
            // Another module, in a transaction of its own; one that is undone changes nothing.
            try await store.registry.file.write { database in
                try database.execute(sql: "UPDATE tenant SET processes = 7 WHERE id = 'acme'")
            }
            #expect(try await store.record(of: Self.acme).quota.processes == 7)
            _ = try? await store.registry.file.write { database in
                try database.execute(sql: "UPDATE tenant SET processes = 8 WHERE id = 'acme'")
                throw Problem(.conflict, "undone")
            }
            #expect(try await store.record(of: Self.acme).quota.processes == 7)
            try await store.registry.markDeleting(Self.acme)
            await #expect(throws: Problem.self) { try await store.tenant(Self.acme) }
            try await store.registry.drop(Self.acme)
            await #expect(throws: Problem.self) { try await store.record(of: Self.acme) }
        }
    }

    @Test func `what was read before a change is not kept after it`() async throws {
        try await StoreFixture.with { store in
            _ = try await store.createTenant(Self.acme)
            let records = store.registry.records
            let old = try await store.record(of: Self.acme)
            let mark = records.find(Self.acme).mark
            var quota = old.quota
            quota.processes += 1
            let wanted = quota
            _ = try await store.registry.setQuota(wanted, of: Self.acme)
            records.keep(old, for: Self.acme, mark)
            #expect(try await store.record(of: Self.acme).quota == wanted)
        }
    }
}
