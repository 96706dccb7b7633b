import Control
import Glibc
import HostTesting
import Model
import NIOCore
import Plugins
import Supervisor
import Testing

@testable import cloister

/// MCP servers as plugins of a whole daemon: sealed, started by it, called over its control socket.
@Suite(.serialized, .timeLimit(.minutes(4))) struct MCPPluginTests {
    @Test(arguments: ["modern", "legacy", "old"])
    func `a server of any era works unchanged`(mode: String) async throws {
        try await DaemonFixture.with { host in
            let report = try await host.runServer(mode)
            #expect(report["state"] == "ready")
            let names = (report["tools"]?.array ?? []).compactMap { $0["name"]?.string }
            #expect(names.count == 15 && names.contains("with__x20space__x2Fand__x20slash"), "\(names)")

            #expect(try await host.call("add", of: "server", ["a": 2, "b": 3]) == ["sum": 5])
            #expect(
                try await host.call("say", of: "server", ["ü": [1.5, nil]])
                    == [["type": "text", "text": #"{"ü": [1.5, null]}"#]])
            let blocks = try await host.call("image", of: "server")
            #expect(blocks.array?.compactMap { $0["type"]?.string } == ["image", "resource_link"])
            #expect(
                try await host.call("with__x20space__x2Fand__x20slash", of: "server")
                    == [["type": "text", "text": "with space/and slash"]])
        }
    }

    @Test(arguments: ["modern", "legacy"])
    func `wrong input, wrong output and failures are told apart`(mode: String) async throws {
        try await DaemonFixture.with { host in
            _ = try await host.runServer(mode)
            let input = await problem { try await host.call("add", of: "server", ["a": "two", "b": 3]) }
            #expect(input?.code == .invalidInput && input?.message.contains("/a") == true, "\(String(describing: input))")
            let failed = await problem { try await host.call("fail", of: "server") }
            #expect(failed?.code == .pluginFailed && failed?.message == "no such table: lunch")
            let lie = await problem { try await host.call("lie", of: "server") }
            #expect(lie?.code == .pluginFailed && lie?.message.contains("output of tool lie") == true)
            // Its schema is beyond anyone, so the server is left to judge the input.
            #expect(try await host.call("odd", of: "server", ["n": 1]) == [["type": "text", "text": "odd"]])
            let unknown = await problem { try await host.call("ad", of: "server") }
            #expect(unknown?.hint == "did you mean add?")
        }
    }

    @Test func `the host says to each era what belongs to it`() async throws {
        try await DaemonFixture.with { host in
            _ = try await host.runServer("modern")
            let modern = try await host.seen()
            #expect(modern.contains("server/discover") && modern.contains("subscriptions/listen"))
            #expect(!modern.contains("initialize") && !modern.contains("ping"))
        }
        try await DaemonFixture.with { host in
            _ = try await host.runServer("legacy")
            let legacy = try await host.seen()
            #expect(Array(legacy.prefix(3)) == ["server/discover", "initialize", "notifications/initialized"])
            #expect(legacy.contains("ping") && !legacy.contains("subscriptions/listen"))
        }
    }

    @Test func `a request for a person is refused in both eras, and the call tells so or goes on`() async throws {
        try await DaemonFixture.with { host in
            _ = try await host.runServer("modern")
            let asked = await problem { try await host.call("ask", of: "server") }
            #expect(asked?.code == .unsupported && asked?.message.contains("elicitation/create") == true)
        }
        try await DaemonFixture.with { host in
            _ = try await host.runServer("legacy")
            _ = try await host.call("ask", of: "server")
            let replies = try await host.call("seen", of: "server")["seen"]?.array ?? []
            let byID = Dictionary(replies.compactMap { reply in reply["id"]?.string.map { ($0, reply) } }) { $1 }
            #expect(byID["q1"]?["error"]?["code"] == -32601)
            #expect(byID["q2"]?["error"]?["code"] == -32601)
            #expect(byID["q3"]?["result"] == [:])
        }
    }

    @Test func `progress that rises extends a deadline, progress that does not rise does not`() async throws {
        try await DaemonFixture.with { host in
            _ = try await host.runServer("modern", more: "deadlines: {call: 1s}")
            #expect(try await host.call("slow", of: "server") == [["type": "text", "text": "done"]])
            let stuck = await problem { try await host.call("stuck", of: "server") }
            #expect(stuck?.code == .deadlineExceeded)
            let sent = try await host.messages()
            #expect(sent.contains { $0["method"] == "notifications/cancelled" && $0["params"]?["requestId"]?.integer != nil })
        }
    }

    @Test func `tools that a server gains are there a moment later`() async throws {
        try await DaemonFixture.with { host in
            _ = try await host.runServer("legacy")
            _ = try await host.call("grow", of: "server")
            var grown: JSONValue?
            for _ in 0..<100 where grown == nil {
                grown = try? await host.call("grown", of: "server")
                if grown == nil { try await Task.sleep(for: .milliseconds(100)) }
            }
            #expect(grown == [["type": "text", "text": "grown"]])
        }
    }

    @Test func `what a server logs is in the plugin's log`() async throws {
        try await DaemonFixture.with { host in
            _ = try await host.runServer("legacy")
            _ = try await host.call("log", of: "server")
            let pool = try await host.daemon.host.pool(of: PluginID(unchecked: "server"), for: host.tenant)
            let entries = await pool.log(last: 100)
            #expect(entries.contains { $0.level == "critical" && $0.text == #"db: {"lost":1}"# }, "\(entries)")
            // The odd schema is named there too.
            #expect(entries.contains { $0.level == "warning" && $0.text.contains("tool odd") })
        }
    }

    @Test func `a banner on standard output is borne, and told`() async throws {
        try await DaemonFixture.with { host in
            let report = try await host.runServer("banner")
            #expect(report["state"] == "ready")
            let pool = try await host.daemon.host.pool(of: PluginID(unchecked: "server"), for: host.tenant)
            let entries = await pool.log(last: 100)
            #expect(entries.contains { $0.text.contains("Welcome to the server") })
        }
    }

    @Test(
        arguments: [
            ("crash-in-list", "exited 3"), ("wrong-version", "1999-01-01"), ("modern-future", "2099-01-01"),
            ("same-cursor", "comes twice"), ("mute", "did not answer"), ("wrong-id", "did not answer"),
        ])
    func `a broken server is refused with what is wrong with it`(mode: String, reason: String) async throws {
        try await DaemonFixture.with { host in
            let refused = await problem { try await host.runServer(mode, more: "deadlines: {start: 7s}") }
            #expect(refused?.code == .pluginFailed)
            #expect(refused?.description.contains(reason) == true, "\(String(describing: refused))")
        }
    }

    @Test(arguments: ["silent-on-discover", "dies-on-discover"])
    func `an old server that cannot bear the new question is asked in the old way, and next time at once`(
        mode: String
    ) async throws {
        try await DaemonFixture.with { host in
            let report = try await host.runServer(mode)
            #expect(report["state"] == "ready")
            let reference = PluginReference(tenant: host.tenant, plugin: PluginID(unchecked: "server"))
            _ = try await host.send(.pluginRestart(reference))
            #expect(try await host.seen().first == "initialize")
        }
    }

    @Test func `a modern server that takes longer to come up than the host's patience is taken for what it is`() async throws {
        try await DaemonFixture.with { host in
            let report = try await host.runServer("modern-slow")
            #expect(report["state"] == "ready")
            let pool = try await host.daemon.host.pool(of: PluginID(unchecked: "server"), for: host.tenant)
            let entries = await pool.log(last: 200)
            #expect(entries.contains { $0.text == "speaks MCP 2026-07-28" })
            #expect(try await host.seen().contains("initialize"))
        }
    }

    @Test func `requests of a modern server are strikes, and three end it`() async throws {
        try await DaemonFixture.with { host in
            _ = try await host.runServer("modern-asks")
            let ended = await problem { try await host.call("say", of: "server") }
            #expect(ended?.code == .pluginFailed)
            #expect(ended?.message.contains("only the host asks") == true, "\(String(describing: ended))")
        }
    }

    @Test func `ten thousand tools and a line of nine mebibytes stay within bounds`() async throws {
        try await DaemonFixture.with { host in
            let report = try await host.runServer("many-tools")
            #expect(report["tools"]?.array?.count == 1000)
        }
        try await DaemonFixture.with { host in
            _ = try await host.runServer("long-line")
            let ended = await problem { try await host.call("say", of: "server") }
            #expect(ended?.message.contains("8388608 bytes") == true, "\(String(describing: ended))")
        }
    }

    @Test func `a server without tools runs, and a manifest that names tools is held to`() async throws {
        try await DaemonFixture.with { host in
            let report = try await host.runServer("no-tools")
            #expect(report["tools"] == [])
        }
        try await DaemonFixture.with { host in
            let report = try await host.runServer("legacy", more: "tools: [{name: add, description: sums}]")
            #expect(report["tools"] == [["name": "add", "description": "sums"]])
            let hidden = await problem { try await host.call("say", of: "server") }
            #expect(hidden?.code == .notFound)
        }
    }

    @Test func `tools are found by a call although nothing was started since the daemon came up`() async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try await DaemonFixture.with(folder: folder) { host in _ = try await host.runServer("legacy") }
        try await DaemonFixture.with(folder: folder) { host in
            let sum = try await host.call("add", of: "server", ["a": 1, "b": 1])
            #expect(sum == ["sum": 2])
            // The era was remembered across the restart.
            #expect(try await host.seen().first == "initialize")
        }
    }

    @Test func `a server ends by itself when its input is closed`() async throws {
        try await DaemonFixture.with { host in
            _ = try await host.runServer("modern")
            let reference = PluginReference(tenant: host.tenant, plugin: PluginID(unchecked: "server"))
            let report = try await host.send(.pluginStop(reference))
            #expect(report["state"] == "stopped")
            #expect(report["lastExit"]?["reason"] == "stopped")
        }
    }

    @Test func `variables of the manifest reach the server and cannot replace the host's`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let place = try host.server("legacy", more: "environment: {PATH: /data}")
            let refused = await problem { try await host.send(.pluginRun(host.tenant, .folder(place), configuration: nil)) }
            #expect(refused?.message.contains("PATH is set by the host") == true, "\(String(describing: refused))")
            _ = try await host.runServer("legacy", more: "environment: {GREETING: hello, PYTHONUTF8: '0'}")
            let environment = try await host.call("environment", of: "server")
            #expect(environment["GREETING"] == "hello" && environment["PYTHONUTF8"] == "0")
            #expect(environment["CLOISTER_PROTOCOL"] == "mcp" && environment["HOME"] == "/data")
        }
    }
}

extension DaemonFixture {
    /// A plugin's folder with the test server in it.
    func server(_ mode: String, more: String = "") throws -> String {
        let place = folder + "/server"
        mkdir(place, 0o755)
        try copy(Built.root + "/Tests/mcp/server.py", to: place + "/server.py", mode: 0o644)
        try FileCopy.write(
            """
            id: server
            name: server
            version: 1.0.0
            description: for tests
            category: processing
            protocol: mcp
            command: [/usr/bin/python3, server.py, \(mode)]
            profile: python
            \(more)

            """, to: place + "/plugin.yaml")
        return place
    }

    func runServer(_ mode: String, more: String = "") async throws -> JSONValue {
        _ = try? await createTenant()
        return try await send(.pluginRun(tenant, .folder(try server(mode, more: more)), configuration: nil))
    }

    /// The messages that the host sent to the server, in order.
    func messages() async throws -> [JSONValue] { try await call("seen", of: "server")["seen"]?.array ?? [] }

    func seen() async throws -> [String] { try await messages().compactMap { $0["method"]?.string } }
}
