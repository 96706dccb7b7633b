import Model
import Testing

@testable import Plugins

/// What is different in the manifest of an MCP server.
struct ManifestMCPTests {
    private func read(_ text: String) throws(Problem) -> Manifest {
        let least = ManifestTests.least.split(separator: "\n").filter { !$0.hasPrefix("protocol:") }
        let lines = least.map(String.init) + ["protocol: mcp", text]
        return try Manifest(try YAMLNode.load(text: lines.joined(separator: "\n") + "\n", named: "plugin.yaml"))
    }

    private func problem(_ text: String) -> String {
        do throws(Problem) {
            _ = try read(text)
            return ""
        } catch {
            return error.description
        }
    }

    @Test func `it has more time to start, and leaves schemas to the server`() throws {
        let manifest = try read("tools: [{name: add}]")
        #expect(manifest.dialect == .mcp)
        #expect(manifest.deadlines.start == .seconds(30))
        #expect(manifest.tools.first?.input.acceptsEverything == true)
        #expect(try read("deadlines: {start: 3s}").deadlines.start == .seconds(3))
    }

    @Test func `hooks and events are refused with the way out`() {
        let hooks = problem("hooks: [{event: document.received, handler: note, kind: action}]")
        #expect(hooks.contains("hooks: an MCP server handles no hooks") && hooks.contains("cloister/1"), "\(hooks)")
        let events = problem("events: [{name: sample.made, kind: action, description: x}]")
        #expect(events.contains("events: an MCP server raises no events"), "\(events)")
    }

    @Test(
        arguments: [
            ("environment: {1A: x}", "not the name of a variable"), ("environment: {'A=B': x}", "not the name of a variable"),
            ("environment: {CLOISTER_SDK: x}", "is set by the host"), ("environment: {HOME: x}", "is set by the host"),
            ("environment: {A: 1}", "expected string"), ("environment: [A]", "expected a mapping"),
        ])
    func `a variable that cannot be set is named with its place`(text: String, reason: String) {
        let found = problem(text)
        #expect(found.contains(reason) && found.contains("plugin.yaml:"), "\(found)")
    }
}
