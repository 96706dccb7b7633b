import Foundation
import GRDB
import Glibc
import Model
import Testing

@testable import Store

struct StoreTests {
    @Test func `a tenant is created, listed, changed and survives a restart`() async throws {
        try await StoreFixture.withFolder { (path: String) async throws in
            let before = Moment.now
            var quota = Quota.ordinary
            quota.cpu = 0.5
            let store = try await Store.open(path)
            let made = try await store.createTenant(id("beta"), name: "Beta & Söhne", quota: quota)
            _ = try await store.createTenant(id("alpha"))
            #expect(made.created >= before && made.state == .active)
            #expect(try await store.tenants().map(\.id.rawValue) == ["alpha", "beta"])
            quota.memory = .gibibytes(2)
            #expect(try await store.setQuota(quota, of: id("beta")).quota == quota)
            #expect(StoreFixture.mode(store.folder.tenant(try id("beta")).blobsPath) == 0o700)
            await store.close()

            let again = try await Store.open(path + "/")
            let beta = try await again.record(of: id("beta"))
            #expect(
                beta == Tenant(id: made.id, name: "Beta & Söhne", created: made.created, quota: quota, state: .active))
            #expect(try await again.record(of: id("alpha")).name == nil)
            await again.close()
        }
    }

    @Test func `what is not there, there twice or out of range is refused`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            _ = try await store.createTenant(id("demo"))
            let missing = await #expect(throws: Problem.self) { try await store.record(of: id("dmeo")) }
            #expect(missing?.description == "tenant not found: dmeo (did you mean demo?)")
            let other = await #expect(throws: Problem.self) { try await store.tenant(id("zzz")) }
            #expect(other?.description == "tenant not found: zzz (`cloister tenant list` shows all)")
            let twice = await #expect(throws: Problem.self) { try await store.createTenant(id("demo")) }
            #expect(twice == Problem(.conflict, "tenant exists already: demo"))
            var quota = Quota.ordinary
            quota.processes = 0
            await #expect(throws: Problem.self) { try await store.setQuota(quota, of: id("demo")) }
            await #expect(throws: Problem.self) { try await store.createTenant(id("new"), quota: quota) }
            for name in ["a\nb", " ", String(repeating: "x", count: 201)] {
                await #expect(throws: Problem.self) { try await store.createTenant(id("new"), name: name) }
            }
            await #expect(throws: Problem.self) { try await store.setQuota(.ordinary, of: id("none")) }
            await #expect(throws: Problem.self) { try await store.deleteTenant(id("none")) }
            #expect(try await store.tenants().count == 1)
        }
    }

    @Test func `a folder without a tenant is not taken over`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            mkdir(store.folder.tenant(try id("stray")).path, 0o700)
            let error = await #expect(throws: Problem.self) { try await store.createTenant(id("stray")) }
            #expect(error?.code == .conflict)
            #expect(error?.message.hasPrefix("a folder without a tenant stands in the way: ") == true)
            #expect(try await store.tenants().isEmpty)
        }
    }

    @Test func `whoever walks over all tenants does not stand in the way of a new one`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            let walk = Task {
                while !Task.isCancelled {
                    for tenant in try await store.tenants() { _ = try await store.tenant(tenant.id).passing.notes() }
                }
            }
            for number in 0..<200 { _ = try await store.createTenant(id("tenant-\(number)")) }
            walk.cancel()
            _ = try? await walk.value
            #expect(try await store.tenants().count == 200)
        }
    }

    @Test func `each tenant has a database of its own`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            for name in ["a", "b"] {
                _ = try await store.createTenant(id(name))
                try await store.tenant(id(name)).addNote("note of \(name)")
            }
            #expect(try await store.tenant(id("a")).notes() == ["note of a"])
            #expect(try await store.tenant(id("b")).notes() == ["note of b"])
        }
    }

    @Test func `a deleted tenant is gone from disk and registry, and its name is free again`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            _ = try await store.createTenant(id("gone"))
            let tenant = try await store.tenant(id("gone"))
            try await tenant.addNote("x")
            _ = try await tenant.preparePlugin(plugin("p"))
            try await store.deleteTenant(id("gone"))
            #expect(!StoreFixture.exists(tenant.folder.path))
            // A handle from before finds nothing, and makes nothing.
            await #expect(throws: Problem.self) { try await tenant.notes() }
            #expect(!StoreFixture.exists(tenant.folder.path))
            _ = try await store.createTenant(id("gone"))
            #expect(try await store.tenant(id("gone")).notes() == [])
        }
    }

    @Test func `a deletion waits for those who are at work in the database`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            _ = try await store.createTenant(id("busy"))
            let tenant = try await store.tenant(id("busy"))
            let (started, signal) = AsyncStream.makeStream(of: Void.self)
            async let slow: Void = tenant.write { database in
                signal.finish()
                usleep(200_000)
                try database.execute(sql: "INSERT INTO note VALUES ('done')")
            }
            for await _ in started {}
            try await store.deleteTenant(id("busy"))
            try await slow
            #expect(!StoreFixture.exists(tenant.folder.path))
        }
    }

    @Test func `two deletions at once do not meet`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            _ = try await store.createTenant(id("once"))
            for index in 0..<200 {
                let place = store.folder.tenant(try id("once")).exchangePath + "/\(index)"
                try Data().write(to: URL(fileURLWithPath: place))
            }
            let outcomes = await withTaskGroup(of: Problem?.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        do throws(Problem) {
                            try await store.deleteTenant(TenantID(unchecked: "once"))
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.contains(nil))
            for problem in outcomes.compactMap(\.self) { #expect([.conflict, .notFound].contains(problem.code)) }
            #expect(try await store.tenants().isEmpty)
        }
    }

    @Test func `a cancelled write changes nothing`() async throws {
        try await StoreFixture.with { (store: Store) async throws in
            _ = try await store.createTenant(id("a"))
            let tenant = try await store.tenant(id("a"))
            _ = try await tenant.notes()
            let write = Task { () -> Problem? in
                withUnsafeCurrentTask { $0?.cancel() }
                do throws(Problem) {
                    try await tenant.addNote("x")
                    return nil
                } catch {
                    return error
                }
            }
            #expect(await write.value?.code == .cancelled)
            #expect(try await tenant.notes() == [])
        }
    }
}
