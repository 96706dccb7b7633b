import Glibc
import HostTesting
import Model
import Testing

@testable import cloister

/// Everything that ships and speaks `cloister/1`, held against every rule. The template for Swift takes a build of its own
/// and is held against them in `GuideTests`, where it is built anyway.
@Suite(.serialized, .timeLimit(.minutes(15))) struct BundledConformanceTests {
    private static let plugins = Built.root + "/Sources/Bundled/Plugins"
    private static let templates: [PluginTemplate.Language] = [.python, .node, .c, .shell]

    static let names = Path.entries(of: plugins).filter { access("\(plugins)/\($0)/plugin.yaml", R_OK) == 0 }.sorted()

    /// The last line of the report; the status must be 0.
    private func judge(_ subject: String...) async throws -> String {
        let output = try await aside {
            try ProcessRun.output("/usr/bin/env", ["PATH=/usr/bin:/bin", Built.program("cloister"), "plugin", "conform"] + subject)
        }
        return String(output.split(separator: "\n").last ?? "")
    }

    private static let verdict = "\(ConformanceRules.all.count) passed, 0 failed, 0 skipped"

    @Test func `all bundled plugins are found`() { #expect(Self.names.count >= 15 && Self.names.contains("checksum")) }

    @Test(arguments: names) func `a bundled plugin keeps every rule`(name: String) async throws {
        guard name == "checksum" else {
            let verdict = try await judge("\(Self.plugins)/\(name)")
            return #expect(verdict == Self.verdict)
        }
        // A debug build needs the toolchain's libraries, which no child sees.
        try await TemporaryFolder.with { (folder) async throws in
            chmod(folder, 0o755)
            try copy("\(Self.plugins)/checksum/plugin.yaml", to: folder + "/plugin.yaml", mode: 0o644)
            try copy(Built.program("checksum"), to: folder + "/checksum", mode: 0o755)
            let verdict = try await judge(folder, "--unsealed")
            #expect(verdict == Self.verdict)
        }
    }

    @Test(arguments: templates) func `the plugin of a template keeps every rule`(language: PluginTemplate.Language) async throws {
        guard language != .node || access("/usr/bin/node", X_OK) == 0 else { return }
        try await TemporaryFolder.with { (folder) async throws in
            chmod(folder, 0o755)
            let plugin = folder + "/word-count"
            try PluginTemplate(language: language, sdks: Built.root + "/Sources/Bundled/SDKs").write(
                PluginID(unchecked: "word-count"), to: plugin)
            if language == .c {
                let built = try await aside {
                    try ProcessRun.status("/usr/bin/env", ["PATH=/usr/bin:/bin", "make", "-s", "-C", plugin, "CC=cc"])
                }
                #expect(built == 0)
            }
            let verdict = try await judge(plugin)
            #expect(verdict == Self.verdict)
        }
    }
}
