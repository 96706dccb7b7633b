import Control
import Glibc
import HostTesting
import Model
import Plugins
import Supervisor
import Testing

@testable import cloister

/// An MCP server in JavaScript, sealed under the profile `node`.
@Suite(.serialized, .timeLimit(.minutes(3)), .enabled(if: access("/usr/bin/node", X_OK) == 0))
struct MCPNodeTests {
    private func plugin(_ arguments: String, in host: DaemonFixture) throws -> String {
        let place = host.folder + "/node-server"
        mkdir(place, 0o755)
        try copy(Built.root + "/Tests/mcp/server.mjs", to: place + "/server.mjs", mode: 0o644)
        try FileCopy.write(
            """
            id: node-server
            name: Node server
            version: 1.0.0
            description: an MCP server in JavaScript
            category: integration
            protocol: mcp
            profile: node
            command: [/usr/bin/node, server.mjs\(arguments)]
            tools:
              - {name: add}
              - {name: thread}
              - {name: reach}
              - name: digest
                input:
                  type: object
                  required: [path]
                  properties: {path: {type: string, format: document}}

            """, to: place + "/plugin.yaml")
        return place
    }

    @Test(arguments: [("", "2026-07-28"), (", legacy", "2025-11-25")])
    func `a server in JavaScript works unchanged, with threads and documents`(arguments: String, revision: String) async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let place = try plugin(arguments, in: host)
            let report = try await host.send(.pluginRun(host.tenant, .folder(place), configuration: nil))
            #expect((report["tools"]?.array ?? []).map { $0["name"] } == ["add", "digest", "thread", "reach"])
            let sum = try await host.call("add", of: "node-server", ["a": 1.5, "b": 2])
            #expect(sum == ["sum": 3.5])
            let count = try await host.call("thread", of: "node-server", ["to": 100_000])
            #expect(count == [["type": "text", "text": "100000"]])
            let file = Built.root + "/Package.swift"
            let digest = try await host.call("digest", of: "node-server", document: file)
            let expected = try await aside { try ProcessRun.output("/usr/bin/sha256sum", [file]).prefix(64) }
            #expect(digest == [["type": "text", "text": .string(String(expected))]])
            let missing = await problem { try await host.call("digest", of: "node-server") }
            #expect(missing?.hint == "/path is a document: name a file with --document")
            let pool = try await host.daemon.host.pool(of: PluginID(unchecked: "node-server"), for: host.tenant)
            let entries = await pool.log(last: 100)
            #expect(entries.contains { $0.text == "speaks MCP \(revision)" }, "\(entries.map(\.text))")
        }
    }

    @Test func `it gets nowhere without a grant, and ends when its input does`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.send(.pluginRun(host.tenant, .folder(try plugin("", in: host)), configuration: nil))
            let lost = await problem { try await host.call("reach", of: "node-server", ["url": "http://127.0.0.1:8080/"]) }
            #expect(lost?.code == .pluginFailed && lost?.message.contains("fetch failed") == true, "\(String(describing: lost))")
            let stopped = try await host.send(.pluginStop(host.reference("node-server")))
            #expect(stopped["lastExit"]?["reason"] == "stopped")
        }
    }
}
