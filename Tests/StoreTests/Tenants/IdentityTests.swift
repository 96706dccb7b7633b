import Model
import Testing

@testable import Store

struct IdentityTests {
    @Test func `a slot is stable, unique over all tenants, and the lowest free one`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            for name in ["a", "b"] { _ = try await store.createTenant(id(name)) }
            #expect(try await store.slot(of: plugin("p"), for: id("a"), below: 100) == 0)
            #expect(try await store.slot(of: plugin("p"), for: id("b"), below: 100) == 1)
            #expect(try await store.slot(of: plugin("q"), for: id("a"), below: 100) == 2)
            #expect(try await store.slot(of: plugin("p"), for: id("a"), below: 100) == 0)
            try await store.removePlugin(plugin("p"), of: id("b"))
            #expect(try await store.slot(of: plugin("r"), for: id("a"), below: 100) == 1)
            #expect(try await store.slot(of: plugin("p"), for: id("b"), below: 100) == 3)
            try await store.deleteTenant(id("a"))
            #expect(try await store.slot(of: plugin("s"), for: id("b"), below: 100) == 0)
        }
    }

    @Test func `a slot comes free only when the data is gone`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            _ = try await store.createTenant(id("a"))
            let data = try await store.tenant(id("a")).preparePlugin(plugin("p"))
            #expect(StoreFixture.mode(data) == 0o700)
            _ = try await store.slot(of: plugin("p"), for: id("a"), below: 10)
            try await store.removePlugin(plugin("p"), of: id("a"))
            #expect(!StoreFixture.exists(data))
        }
    }

    @Test func `a full range is a clear refusal`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            _ = try await store.createTenant(id("a"))
            _ = try await store.slot(of: plugin("p0"), for: id("a"), below: 2)
            _ = try await store.slot(of: plugin("p1"), for: id("a"), below: 2)
            let error = await #expect(throws: Problem.self) {
                try await store.slot(of: plugin("p2"), for: id("a"), below: 2)
            }
            #expect(error?.code == .quotaExceeded)
            // The range was made smaller than what is in use.
            await #expect(throws: Problem.self) { try await store.slot(of: plugin("p1"), for: id("a"), below: 1) }
            let missing = await #expect(throws: Problem.self) {
                try await store.slot(of: plugin("p"), for: id("none"), below: 2)
            }
            #expect(missing?.code == .notFound)
        }
    }

    @Test func `slots asked for at once are all different`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            _ = try await store.createTenant(id("a"))
            let slots = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<40 {
                    group.addTask { try await store.slot(of: plugin("p\(index)"), for: id("a"), below: 1000) }
                }
                return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            #expect(slots == Set(0..<40))
        }
    }
}
