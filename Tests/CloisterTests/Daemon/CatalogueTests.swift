import Control
import Glibc
import HostTesting
import Model
import Store
import Testing

@testable import cloister

@Suite struct CatalogueTests {
    @Test func `pages, searches and names give what there is, in order`() async throws {
        try await with(["beta", "alpha", "delta", "gamma"]) { catalogue, _ in
            #expect(await ids(catalogue, PluginSearch()) == ["alpha", "beta", "delta", "gamma"])
            #expect(await ids(catalogue, PluginSearch(limit: 2)) == ["alpha", "beta"])
            #expect(await ids(catalogue, PluginSearch(after: "beta", limit: 1)) == ["delta"])
            #expect(await ids(catalogue, PluginSearch(after: "bz")) == ["delta", "gamma"])
            #expect(await ids(catalogue, PluginSearch(after: "zeta")) == [])
            #expect(await ids(catalogue, PluginSearch(text: "THE GAM")) == ["gamma"])
            #expect(await ids(catalogue, PluginSearch(text: "lta", after: "delta")) == [])
            #expect(await ids(catalogue, PluginSearch(limit: 0, named: ["gamma", "none", "zz"])) == ["gamma"])
            #expect(await ids(catalogue, PluginSearch(limit: 1, named: ["alpha", "delta"])) == ["alpha", "delta"])
        }
    }

    @Test func `what comes into a folder and goes from it shows at once, what cannot be read never`() async throws {
        try await with(["alpha"]) { catalogue, folder in
            #expect(await ids(catalogue, PluginSearch()) == ["alpha"])
            try Self.write("beta", in: folder)
            try FileCopy.write("id: [", to: try Self.make("broken", in: folder) + "/plugin.yaml")
            #expect(await ids(catalogue, PluginSearch()) == ["alpha", "beta"])
            try FileCopy.remove(folder + "/alpha")
            #expect(await ids(catalogue, PluginSearch()) == ["beta"])
        }
    }

    @Test func `a manifest that is changed where it lies shows after a while`() async throws {
        try await with(["alpha"]) { catalogue, folder in
            #expect(await ids(catalogue, PluginSearch(text: "renamed")) == [])
            try FileCopy.write(Self.manifest("alpha", name: "Renamed since"), to: folder + "/alpha/plugin.yaml")
            for _ in 0..<2000 {
                if await ids(catalogue, PluginSearch(text: "renamed")) == ["alpha"] { return }
                try await Task.sleep(for: .milliseconds(20))
            }
            Issue.record("it did not show")
        }
    }

    private func ids(_ catalogue: Catalogue, _ search: PluginSearch) async -> [String] {
        ((try? await catalogue.find(search)) ?? []).compactMap { $0["id"]?.string }
    }

    private func with(_ ids: [String], _ body: (Catalogue, String) async throws -> Void) async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let plugins = folder + "/plugins"
        mkdir(plugins, 0o755)
        for id in ids { try Self.write(id, in: plugins) }
        var configuration = DaemonConfiguration()
        configuration.plugins = [plugins]
        let installation = Installation(folder: Built.folder, configuration: configuration)
        try await body(Catalogue(installation, data: try StoreFolder(folder + "/data")), plugins)
    }

    private static func make(_ id: String, in folder: String) throws -> String {
        mkdir("\(folder)/\(id)", 0o755)
        return "\(folder)/\(id)"
    }

    private static func write(_ id: String, in folder: String) throws {
        // Whole before it has its name, as packages come.
        let place = try make(".\(id)", in: String(folder.dropLast("/plugins".count)))
        try FileCopy.write(manifest(id, name: "The \(id)"), to: place + "/plugin.yaml")
        rename(place, "\(folder)/\(id)")
    }

    private static func manifest(_ id: String, name: String) -> String {
        """
        id: \(id)
        name: \(name)
        version: 1.0.0
        description: Does something
        category: processing
        protocol: cloister/1
        command: [/bin/cat]

        """
    }
}
