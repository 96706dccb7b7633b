import Control
import Glibc
import HostTesting
import Model
import NIOCore
import Plugins
import Supervisor
import Testing

@testable import cloister

/// MCP servers that others wrote, as they come from PyPI, sealed and without network (`make material` fetches them).
@Suite(.serialized, .timeLimit(.minutes(4)), .enabled(if: access(DaemonFixture.material + "/mcp", R_OK) == 0))
struct MCPServersTests {
    /// A plugin's folder as an author makes it: the packages, and a manifest beside them.
    private func plugin(_ id: String, era: String, command: String, in host: DaemonFixture) throws -> String {
        let place = "\(host.folder)/\(id)"
        mkdir(place, 0o755)
        // Links would lead out of what the child sees.
        let status = try ProcessRun.status("/bin/cp", ["-r", "\(DaemonFixture.material)/mcp/\(era)/.", place])
        guard status == 0 else { throw Problem(.internalFault, "cp ended with \(status)") }
        try FileCopy.write(
            """
            id: \(id)
            name: \(id)
            version: 1.0.0
            description: an MCP server
            category: integration
            protocol: mcp
            profile: python
            command: \(command)

            """, to: place + "/plugin.yaml")
        return place
    }

    private func text(_ output: JSONValue) -> String { output.array?.first?["text"]?.string ?? "" }

    @Test func `mcp-server-time tells the time and converts it`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let place = try plugin(
                "time", era: "legacy", command: "[/usr/bin/python3, -m, mcp_server_time, --local-timezone, Europe/Berlin]",
                in: host)
            let report = try await host.send(.pluginRun(host.tenant, .folder(place), configuration: nil))
            #expect((report["tools"]?.array ?? []).map { $0["name"] } == ["get_current_time", "convert_time"])
            let now = try await host.call("get_current_time", of: "time", ["timezone": "Asia/Tokyo"])
            #expect(text(now).contains("+09:00"), "\(now)")
            let converted = try await host.call(
                "convert_time", of: "time",
                ["source_timezone": "Asia/Tokyo", "time": "16:30", "target_timezone": "Asia/Kolkata"])
            #expect(text(converted).contains("-3.5h"), "\(converted)")
            let wrong = await problem { try await host.call("get_current_time", of: "time", ["timezone": "Mars/Base"]) }
            #expect(wrong?.code == .pluginFailed && wrong?.message.contains("Mars/Base") == true)
            let missing = await problem { try await host.call("get_current_time", of: "time") }
            #expect(missing?.code == .invalidInput && missing?.message.contains("/timezone") == true)
        }
    }

    @Test func `mcp-server-sqlite keeps its database in the plugin's data folder`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let place = try plugin(
                "sqlite", era: "legacy",
                command: #"[/usr/bin/python3, -c, "import mcp_server_sqlite; mcp_server_sqlite.main()", --db-path, /data/notes.db]"#,
                in: host)
            _ = try await host.send(.pluginRun(host.tenant, .folder(place), configuration: nil))
            _ = try await host.call("create_table", of: "sqlite", ["query": "CREATE TABLE note (word TEXT)"])
            _ = try await host.call("write_query", of: "sqlite", ["query": "INSERT INTO note VALUES ('grüße')"])
            _ = try await host.send(.pluginRestart(PluginReference(tenant: host.tenant, plugin: PluginID(unchecked: "sqlite"))))
            let read = try await host.call("read_query", of: "sqlite", ["query": "SELECT word FROM note"])
            #expect(text(read).contains("grüße"), "\(read)")
            #expect(access(host.folder + "/data/tenants/acme/plugins/sqlite/data/notes.db", F_OK) == 0)
        }
    }

    @Test func `a server of the newest SDK is spoken to in the newest revision`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let place = try plugin("sums", era: "modern", command: "[/usr/bin/python3, sums.py]", in: host)
            try FileCopy.write(
                """
                from mcp.server.mcpserver import MCPServer

                server = MCPServer("sums")


                @server.tool()
                def add(a: int, b: int) -> int:
                    "adds"
                    return a + b


                @server.tool()
                def more() -> str:
                    "adds a tool"
                    server.add_tool(lambda: 1, name="one")
                    return "done"


                server.run()

                """, to: place + "/sums.py")
            let report = try await host.send(.pluginRun(host.tenant, .folder(place), configuration: nil))
            #expect((report["tools"]?.array ?? []).map { $0["name"] } == ["add", "more"])
            #expect(try await host.call("add", of: "sums", ["a": 2, "b": 3]) == ["result": 5])
            let pool = try await host.daemon.host.pool(of: PluginID(unchecked: "sums"), for: host.tenant)
            let entries = await pool.log(last: 200)
            #expect(entries.contains { $0.text == "speaks MCP 2026-07-28" })
        }
    }
}
