import Control
import Glibc
import HostTesting
import Model
import NIOCore
import NIOPosix
import Plugins
import Testing

@testable import cloister

/// A real `cloister serve` that is told by SIGHUP to read its configuration again.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ReloadTests {
    private struct Served: Sendable {
        let folder: String
        let run: CommandRun
        var socket: String { folder + "/data/control.sock" }
        let tenant = TenantID(unchecked: "acme")

        func write(_ more: String) throws {
            try FileCopy.write(
                "data: \(folder)/data\nprofiles: \(Built.root)/sandbox-profiles\n\(more)\n", to: folder + "/cloister.yaml")
        }

        @discardableResult
        func send(_ request: ControlRequest) async throws -> JSONValue {
            let reply = try await ControlClient.withConnection(to: socket) { try await $0.send(request, deadline: .seconds(60)) }
            return try JSONValue.parse(Array(reply.readableBytesView))
        }

        /// Reloads under another configuration; returns what the daemon logs about it.
        func reload(_ more: String) async throws -> String {
            try write(more)
            let before = run.errors.utf8.count
            kill(run.process, SIGHUP)
            @Sendable func log() -> String { String(decoding: run.errors.utf8.dropFirst(before), as: UTF8.self) }
            #expect(await eventually { log().contains("reload") })
            // What belongs to it is logged right behind, before the daemon is ready again.
            #expect(await eventually { (try? await send(.status)["state"]) == "ready" })
            return log()
        }
    }

    private func with(_ configuration: String, _ body: (Served) async throws -> Void) async throws {
        try await TemporaryFolder.with { (folder) async throws in
            try FileCopy.write(
                "data: \(folder)/data\nprofiles: \(Built.root)/sandbox-profiles\n\(configuration)\n", to: folder + "/cloister.yaml")
            let served = Served(
                folder: folder, run: try CommandRun(["serve", "--config", folder + "/cloister.yaml"], folder: folder))
            let outcome: Result<Void, any Error>
            do {
                guard await eventually({ (try? await served.send(.status)) != nil }) else {
                    throw Problem(.unreachable, "the daemon under test did not start", cause: served.run.errors)
                }
                outcome = .success(try await body(served))
            } catch {
                outcome = .failure(error)
            }
            kill(served.run.process, SIGTERM)
            let end = try await served.run.outcome
            try outcome.get()
            #expect(end.status == 0, "\(end)")
        }
    }

    /// A plugin that asks its way out for a page and returns what it got.
    private static let asker = """
        import http.client, json, sys
        for line in sys.stdin:
            message = json.loads(line)
            method, id = message.get("method"), message.get("id")
            if method == "initialize": result = {"name": "asker", "version": "1", "hooks": [], "tools": ["get"]}
            elif method == "tool/call":
                proxy, host = http.client.HTTPConnection("127.0.0.1", 3128), "127.0.0.1:%d" % message["params"]["input"]["port"]
                proxy.request("GET", "http://" + host + "/", headers={"Host": host, "Connection": "close"})
                answer = proxy.getresponse()
                result = {"output": {"status": answer.status, "body": answer.read().decode()}}
            else: result = {}
            if id is not None:
                print(json.dumps({"jsonrpc": "2.0", "id": id, "result": result}), flush=True)
            if method == "shutdown": break
        """

    private func plugin(in folder: String, port: Int) throws -> String {
        let place = folder + "/asker"
        mkdir(place, 0o755)
        try FileCopy.write(Self.asker, to: place + "/asker.py")
        try FileCopy.write(
            """
            id: asker
            name: Asker
            version: 1.0.0
            description: for tests
            category: processing
            protocol: cloister/1
            command: [/usr/bin/python3, -I, -S, asker.py]
            profile: python
            permissions: [{resource: network, actions: [connect], conditions: {hosts: [127.0.0.1], ports: [\(port)]}}]
            tools: [{name: get, input: {type: object}}]
            """, to: place + "/plugin.yaml")
        return place
    }

    @Test func `what the operator grants and limits of the way out changes without a restart`() async throws {
        try await with("") { served in
            let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Greeter()) }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let port = server.localAddress!.port!
            try await served.send(.tenantCreate(served.tenant, name: nil, QuotaChange()))
            try await served.send(
                .pluginRun(served.tenant, .folder(try plugin(in: served.folder, port: port)), configuration: nil))
            func get() async throws -> JSONValue {
                let reference = PluginReference(tenant: served.tenant, plugin: PluginID(unchecked: "asker"))
                let input: JSONValue = ["port": JSONValue(port)]
                return try await served.send(.pluginCall(PluginCall(reference, tool: "get", input: ByteBuffer(bytes: input.bytes))))
            }
            let process = try await served.send(.status)["processID"]

            let shut = try await get()
            #expect(shut["body"]?.string?.contains("address-not-public") == true, "\(shut)")
            let log = try await served.reload("egress: {allow-private: [\"127.0.0.1:\(port)\"]}")
            #expect(log.contains("reloaded") && !log.contains("restart"), "\(log)")
            let open = try await get()
            #expect(open["body"] == "hello", "\(open)")
            _ = try await served.reload("egress: {allow-private: [\"127.0.0.1:\(port)\"], volume: 1}")
            let spent = try await get()
            #expect(spent["body"]?.string?.contains("volume-used-up") == true, "\(spent)")
            _ = try await served.reload("egress: {allow-private: [\"127.0.0.1:\(port)\"]}")
            let again = try await get()
            #expect(again["body"] == "hello", "\(again)")
            _ = try await served.reload("")
            let shutAgain = try await get()
            #expect(shutAgain["body"]?.string?.contains("address-not-public") == true, "\(shutAgain)")
            #expect(try await served.send(.status)["processID"] == process)
            try await server.close()
        }
    }

    @Test func `whose packages are installed changes without a restart`() async throws {
        try await with("") { served in
            try await served.send(.tenantCreate(served.tenant, name: nil, QuotaChange()))
            let packed = try PackagedPlugin(folder: served.folder).pack("1.0.0")
            func install() async throws {
                _ = try await PackagedPlugin.send(packed, for: served.tenant, to: served.socket) {
                    .pluginInstall(served.tenant, $0, PackageWishes())
                }
            }
            _ = try await served.reload("require-signatures: true")
            let refused = await problem { try await install() }
            #expect(refused?.code == .permissionDenied)
            _ = try await served.reload("require-signatures: false")
            try await install()
        }
    }

    @Test func `a key that needs a restart is named in the log, and a broken file changes nothing`() async throws {
        try await with("require-signatures: true") { served in
            try await served.send(.tenantCreate(served.tenant, name: nil, QuotaChange()))
            let log = try await served.reload("require-signatures: true\ndefault-quota: {cpu: 2}\nidentities: single")
            #expect(log.contains("identities, default-quota"), "\(log)")
            #expect(log.contains("restart"), "\(log)")
            for broken in ["require-signatures: maybe", "egress: {trust: [/missing.pem]}", "egres: {}"] {
                let log = try await served.reload(broken)
                #expect(log.contains("reload failed, nothing changed"), "\(log)")
            }
            let packed = try PackagedPlugin(folder: served.folder).pack("1.0.0")
            let refused = await problem {
                try await PackagedPlugin.send(packed, for: served.tenant, to: served.socket) {
                    .pluginInstall(served.tenant, $0, PackageWishes())
                }
            }
            #expect(refused?.code == .permissionDenied)
        }
    }
}

/// Says hello to whoever asks.
private final class Greeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let answer = ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        context.writeAndFlush(NIOAny(answer), promise: nil)
    }
}
