import HostTesting
import Model
import Store
import Testing

@testable import Tenancy

struct FeaturesTests {
    private let acme = TenantID(unchecked: "acme")
    private let globex = TenantID(unchecked: "globex")

    private static func open(_ folder: String) async throws(Problem) -> Store {
        var options = Store.Options()
        options.registrySteps = Features.steps
        return try await Store.open(folder, options)
    }

    @Test func `what is turned off is off for one tenant alone, and still after a restart`() async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        var store = try await Self.open(folder)
        for tenant in [acme, globex] { _ = try await store.createTenant(tenant) }
        var features = try await Features(store)
        try await features.set([.hooks: false, .documents: false], of: acme)
        try await features.set([.documents: true], of: acme)
        #expect(!features.isOn(.hooks, for: acme))
        #expect(features.isOn(.documents, for: acme) && features.isOn(.hooks, for: globex))
        let problem = #expect(throws: Problem.self) { try features.check(.hooks, for: acme) }
        #expect(problem?.code == .permissionDenied)
        #expect(problem?.message == "tenant acme does not have the feature hooks")
        await store.close()

        store = try await Self.open(folder)
        features = try await Features(store)
        let all = try await features.all(of: acme)
        #expect(all.filter { !$0.value }.map(\.key) == [.hooks])
        await store.close()
    }

    @Test func `a tenant of the same name starts with everything`() async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let store = try await Self.open(folder)
        _ = try await store.createTenant(acme)
        let features = try await Features(store)
        try await features.set([.api: false], of: acme)
        try await store.deleteTenant(acme)
        features.forget(acme)
        _ = try await store.createTenant(acme)
        #expect(features.isOn(.api, for: acme))
        let again = try await Features(store)
        #expect(again.isOn(.api, for: acme))
        await store.close()
    }
}
