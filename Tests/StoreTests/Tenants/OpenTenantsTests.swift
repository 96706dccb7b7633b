import Foundation
import Model
import Testing

@testable import Store

@Suite(.timeLimit(.minutes(2))) struct OpenTenantsTests {
    @Test func `no more databases stay open than allowed, and each opens again`() async throws {
        try await StoreFixture.with(openTenants: 2) { (store: Store) async throws in
            for index in 0..<6 {
                _ = try await store.createTenant(id("t\(index)"))
                try await store.tenant(id("t\(index)")).addNote("\(index)")
                #expect(await store.openTenants.count <= 3)
            }
            #expect(await closed(to: 2, in: store))
            for index in 0..<6 { #expect(try await store.tenant(id("t\(index)")).notes() == ["\(index)"]) }
            #expect(await closed(to: 2, in: store))
        }
    }

    @Test func `a database in use is not closed under its user`() async throws {
        try await StoreFixture.with(openTenants: 1) { (store: Store) async throws in
            for name in ["a", "b"] { _ = try await store.createTenant(id(name)) }
            let first = try await store.tenant(id("a"))
            let second = try await store.tenant(id("b"))
            try await store.openTenants.with(id("a")) { (file) throws(Problem) in
                try await second.addNote("x")
                #expect(await store.openTenants.count == 2)
                _ = try await file.read { _ in 1 }
            }
            #expect(await store.openTenants.count == 1)
            try await first.addNote("y")
        }
    }

    @Test func `many users of many tenants get along with few open databases`() async throws {
        try await StoreFixture.with(openTenants: 3) { (store: Store) async throws in
            for index in 0..<8 { _ = try await store.createTenant(id("t\(index)")) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<120 {
                    group.addTask {
                        let tenant = try await store.tenant(id("t\(number % 8)"))
                        try await tenant.addNote("\(number)")
                        _ = try await tenant.notes()
                    }
                }
                try await group.waitForAll()
            }
            var total = 0
            for index in 0..<8 { total += try await store.tenant(id("t\(index)")).notes().count }
            #expect(total == 120)
            #expect(await closed(to: 3, in: store))
        }
    }

    @Test func `whoever passes by leaves no more than two databases open, but those that others use`() async throws {
        try await StoreFixture.with(openTenants: 8) { (store: Store) async throws in
            for index in 0..<8 { _ = try await store.createTenant(id("t\(index)")) }
            for index in 0..<3 { try await store.tenant(id("t\(index)")).addNote("\(index)") }
            for index in 0..<8 { _ = try await store.tenant(id("t\(index)")).passing.read { _ in 1 } }
            #expect(await closed(to: 5, in: store))
            // One of the two becomes somebody's, and stays.
            _ = try await store.tenant(id("t7")).notes()
            for index in 3..<7 { _ = try await store.tenant(id("t\(index)")).passing.read { _ in 1 } }
            #expect(await closed(to: 6, in: store))
            for index in [0, 1, 2, 7] { #expect(await store.openTenants.isOpen(try id("t\(index)"))) }
        }
    }

    @Test func `whoever opens one database does not wait for another to be closed`() async throws {
        try await StoreFixture.with(openTenants: 2) { (store: Store) async throws in
            for name in ["a", "b", "c"] { _ = try await store.createTenant(id(name)) }
            try await store.tenant(id("a")).addNote("x")
            try await store.tenant(id("b")).addNote("x")
            // Closing `a` waits for whoever reads it.
            let (isRead, goOn) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let file = try await store.openTenants.with(id("a")) { (file) throws(Problem) in file }
            try await store.tenant(id("b")).addNote("y")
            let reading = Task {
                try await file.read { _ in
                    isRead.signal()
                    goOn.wait()
                }
            }
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    isRead.wait()
                    continuation.resume()
                }
            }
            try await store.tenant(id("c")).addNote("x")
            #expect(await store.openTenants.count == 3)
            goOn.signal()
            try await reading.value
            #expect(await closed(to: 2, in: store))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a database that cannot be opened fails for all who wait for it, and can be tried again`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let tenants = OpenTenants(limit: 2) { (id) throws(Problem) in
                if id.rawValue == "bad" { throw Problem(.internalFault, "no") }
                return try DatabaseFile("\(path)/\(id).db", named: "x", steps: [])
            }
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        do throws(Problem) {
                            try await tenants.with(TenantID(unchecked: "bad")) { (_) throws(Problem) in }
                            return false
                        } catch {
                            return error == Problem(.internalFault, "no")
                        }
                    }
                }
                for await failed in group { #expect(failed) }
            }
            #expect(await tenants.count == 0)
            try await tenants.with(id("good")) { (_) throws(Problem) in }
            await #expect(throws: Problem(.conflict, "mine")) {
                try await tenants.with(id("good")) { (_) throws(Problem) in throw Problem(.conflict, "mine") }
            }
            await tenants.shut(try id("good"), telling: Problem(.notFound, "gone"))
            #expect(await tenants.count == 0)
            await #expect(throws: Problem.self) { try await tenants.with(id("good")) { (_) throws(Problem) in } }
            await tenants.readmit(try id("good"))
            try await tenants.with(id("good")) { (_) throws(Problem) in }
            await tenants.shutAll()
        }
    }

    /// Whether no more stay open in the end: what is too many is closed in the background.
    private func closed(to count: Int, in store: Store) async -> Bool {
        for _ in 0..<1000 {
            if await store.openTenants.count <= count { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}
