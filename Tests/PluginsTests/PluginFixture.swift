import Foundation
import Model
import Store

@testable import Plugins

/// A plugin's folder and a data folder beside it, gone afterwards.
struct PluginFixture {
    static let manifest = """
        id: sample
        name: Sample
        version: 1.0.0
        description: A sample
        category: processing
        protocol: cloister/1
        command: [main]

        """

    let path: String
    let dataFolder: StoreFolder

    static func with<Value>(
        manifest: String = manifest, _ body: (PluginFixture) async throws -> Value
    ) async throws -> Value {
        let path = NSTemporaryDirectory() + "cloister-plugin-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path + "/sample", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let fixture = PluginFixture(path: path + "/sample", dataFolder: try StoreFolder(path + "/data"))
        try fixture.write("plugin.yaml", manifest)
        try fixture.write("main", "#!/bin/sh\nexit 0\n", mode: 0o755)
        return try await body(fixture)
    }

    func write(_ name: String, _ text: String, mode: Int = 0o644) throws {
        try write(name, Array(text.utf8), mode: mode)
    }

    func write(_ name: String, _ bytes: [UInt8], mode: Int = 0o644) throws {
        let file = path + "/" + name
        try? FileManager.default.removeItem(atPath: file)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }

    func open(_ path: String? = nil) throws(Problem) -> PluginFolder {
        try PluginFolder.open(path ?? self.path, dataFolder: dataFolder)
    }

    /// What is said about the folder; nil when nothing is wrong with it.
    func problem(_ path: String? = nil) -> String? {
        do throws(Problem) {
            _ = try open(path)
            return nil
        } catch {
            return error.description
        }
    }
}
