import Foundation
import GRDB
import Model
import Store
import Testing

@testable import Plugins

struct PluginRegistrationTests {
    static let configurable =
        PluginFixture.manifest + """
            configuration:
              type: object
              properties:
                token: {type: string, secret: true, minLength: 4}
                depth: {type: integer, default: 3}
              required: [token]
              additionalProperties: false

            """

    private func with(
        _ manifest: String = configurable, _ body: (PluginFixture, TenantStore, Store) async throws -> Void
    ) async throws {
        try await PluginFixture.with(manifest: manifest) { (fixture: PluginFixture) async throws in
            var options = Store.Options()
            options.tenantSteps = PluginRegistration.steps + PluginRegistration.configuredSteps
            let store = try await Store.open(fixture.dataFolder.path, options)
            _ = try await store.createTenant(TenantID("acme"))
            try await body(fixture, store.tenant(TenantID("acme")), store)
            await store.close()
        }
    }

    @Test func `a registration is kept, found and replaced`() async throws {
        try await with { (fixture: PluginFixture, tenant: TenantStore, store: Store) async throws in
            let folder = try fixture.open()
            let first = try await PluginRegistration.register(folder, ["token": "abcd"], in: tenant)
            #expect(first.folder == fixture.path && first.registered > 1_700_000_000_000)
            #expect(try await PluginRegistration.find(PluginID("sample"), in: tenant) == first)
            let second = try await PluginRegistration.register(folder, ["token": "efgh", "depth": 5], in: tenant)
            #expect(try await PluginRegistration.all(in: tenant) == [second])
            // Without a configuration it keeps the one it has.
            let third = try await PluginRegistration.register(folder, nil, in: tenant)
            #expect(third.configuration == ["token": "efgh", "depth": 5])
            try await PluginRegistration.remove(PluginID("sample"), in: tenant)
            try await PluginRegistration.remove(PluginID("sample"), in: tenant)
            #expect(try await PluginRegistration.all(in: tenant) == [])
        }
    }

    @Test func `when a configuration was given is told, and later each time that another one is`() async throws {
        try await with { (fixture: PluginFixture, tenant: TenantStore, store: Store) async throws in
            let folder = try fixture.open()
            let first = try await PluginRegistration.register(folder, ["token": "abcd"], in: tenant)
            #expect(first.configured == first.registered)
            // A clock that goes back.
            try await tenant.write { try $0.execute(sql: "UPDATE pluginRegistration SET configured = 9000000000000") }
            let kept = try await PluginRegistration.register(folder, nil, in: tenant)
            #expect(try await PluginRegistration.find(kept.plugin, in: tenant).configured == 9_000_000_000_000)
            _ = try await PluginRegistration.register(folder, ["token": "efgh"], in: tenant)
            #expect(try await PluginRegistration.find(kept.plugin, in: tenant).configured == 9_000_000_000_001)
            try await tenant.write { try PluginRegistration.setConfiguration(["token": "ijkl"], of: kept.plugin, $0) }
            #expect(try await PluginRegistration.find(kept.plugin, in: tenant).configured == 9_000_000_000_002)
            let digest = BlobDigest(Array(repeating: 1, count: 32))
            try await tenant.write { try PluginRegistration.setVersion(digest, configuration: ["token": "ijkl"], of: kept.plugin, $0) }
            #expect(try await PluginRegistration.find(kept.plugin, in: tenant).configured == 9_000_000_000_002)
        }
    }

    @Test func `secrets that are given as they are shown stay, where there are some`() async throws {
        try await PluginFixture.with(
            manifest: PluginFixture.manifest + """
                configuration:
                  type: object
                  properties:
                    token: {type: string, secret: true}
                    plain: {type: string}
                    inner: {type: object, properties: {key: {type: string, secret: true}, depth: {type: integer}}}
                    list: {type: array, items: {type: string, secret: true}}

                """
        ) { (fixture: PluginFixture) async throws in
            let manifest = try fixture.open().manifest
            let earlier: JSONValue = ["token": "abcd", "plain": "x", "inner": ["key": "k", "depth": 1], "list": ["a"]]
            let shown = manifest.shown(earlier)
            #expect(shown == ["token": "(secret)", "plain": "x", "inner": ["key": "(secret)", "depth": 1], "list": ["(secret)"]])
            let given: JSONValue = ["token": "(secret)", "plain": "(secret)", "inner": ["key": "(secret)", "depth": 2], "list": ["b"]]
            #expect(
                try manifest.configuration(given, withSecretsOf: earlier)
                    == ["token": "abcd", "plain": "(secret)", "inner": ["key": "k", "depth": 2], "list": ["b"]])
            #expect(try manifest.configuration(["token": "new"], withSecretsOf: earlier) == ["token": "new"])
            for (given, place) in [(["list": ["(secret)"]], "/list/0"), (["inner": ["key": "(secret)"]], "/inner/key")] as [(JSONValue, String)] {
                let problem = #expect(throws: Problem.self) { try manifest.configuration(given, withSecretsOf: ["inner": [:], "list": ["a"]]) }
                #expect(problem?.code == .invalidConfiguration && problem?.message == "configuration of sample: \(place): there is no secret to be kept")
            }
        }
    }

    @Test func `a plugin that is not there is not found, with a way out`() async throws {
        try await with { (fixture: PluginFixture, tenant: TenantStore, store: Store) async throws in
            let nothing = await #expect(throws: Problem.self) {
                try await PluginRegistration.find(PluginID("sampel"), in: tenant)
            }
            #expect(
                nothing?.description
                    == "plugin not found: sampel (`cloister plugin list --tenant acme` shows what there is)")
            _ = try await PluginRegistration.register(fixture.open(), ["token": "abcd"], in: tenant)
            let near = await #expect(throws: Problem.self) {
                try await PluginRegistration.find(PluginID("sampel"), in: tenant)
            }
            #expect(near?.description == "plugin not found: sampel (did you mean sample?)")
            _ = try await store.createTenant(TenantID("other"))
            #expect(try await PluginRegistration.all(in: store.tenant(TenantID("other"))) == [])
        }
    }

    @Test func `a configuration that the manifest does not accept is not kept`() async throws {
        try await with { (fixture: PluginFixture, tenant: TenantStore, store: Store) async throws in
            let error = await #expect(throws: Problem.self) {
                try await PluginRegistration.register(fixture.open(), ["token": "abc", "dpeth": 1], in: tenant)
            }
            #expect(error?.code == .invalidConfiguration)
            #expect(
                error?.description == """
                    configuration of sample: /dpeth: unknown property (did you mean depth?)
                    configuration of sample: /token: must have at least 4 characters, has 3
                    """)
            #expect(try await PluginRegistration.all(in: tenant) == [])
            let missing = await #expect(throws: Problem.self) {
                try await PluginRegistration.register(fixture.open(), nil, in: tenant)
            }
            #expect(missing?.description == "configuration of sample: /token: missing")
        }
    }

    @Test func `the plugin gets the defaults, and nobody sees the secrets`() async throws {
        try await PluginFixture.with(manifest: Self.configurable) { (fixture: PluginFixture) async throws in
            let manifest = try fixture.open().manifest
            let configuration = try manifest.configuration(from: ["token": "hunter2"])
            #expect(configuration == ["token": "hunter2", "depth": 3])
            #expect(manifest.shown(configuration) == ["token": .string(JSONSchema.concealed), "depth": 3])
            let error = #expect(throws: Problem.self) {
                try manifest.configuration(from: ["token": "hunter2", "depth": "hunter3"])
            }
            #expect(error?.description.contains("hunter") == false)
            #expect(throws: Problem.self) { try manifest.configuration(from: [1]) }
            #expect(throws: Problem.self) {
                try manifest.configuration(from: ["token": .string(String(repeating: "x", count: 300_000))])
            }
        }
    }

    @Test func `a plugin without a schema takes no configuration`() async throws {
        try await PluginFixture.with { (fixture: PluginFixture) async throws in
            let manifest = try fixture.open().manifest
            #expect(try manifest.configuration(from: [:]) == [:])
            #expect(manifest.shown([:]) == [:])
            let error = #expect(throws: Problem.self) { try manifest.configuration(from: ["a": 1]) }
            #expect(
                error?.description
                    == "configuration of sample: the plugin takes none (its manifest describes no configuration)")
        }
    }
}
