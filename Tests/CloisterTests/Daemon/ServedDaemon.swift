import Control
import Glibc
import HostTesting
import Model
import NIOCore
import NIOPosix
import Testing

@testable import cloister

/// A real `cloister serve` with a configuration of the test's.
struct ServedDaemon: Sendable {
    let folder: String
    let run: CommandRun
    var socket: String { folder + "/data/control.sock" }
    let tenant = TenantID(unchecked: "acme")

    /// In a folder that is there, or one for the test alone. At the end it is told to stop, or killed.
    static func with(
        _ configuration: String, in given: String? = nil, ending signal: Int32 = SIGTERM,
        _ body: (ServedDaemon) async throws -> Void
    ) async throws {
        let folder = given ?? TemporaryFolder.make()
        defer { if given == nil { TemporaryFolder.remove(folder) } }
        try write(configuration, in: folder)
        let served = ServedDaemon(
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
        kill(served.run.process, signal)
        let end = try await served.run.outcome
        try outcome.get()
        #expect(signal == SIGTERM ? end.status == 0 : end.signal == signal, "\(end)")
    }

    private static func write(_ configuration: String, in folder: String) throws {
        try FileCopy.write(
            "data: \(folder)/data\nprofiles: \(Built.root)/sandbox-profiles\n\(configuration)\n", to: folder + "/cloister.yaml")
    }

    @discardableResult
    func send(_ request: ControlRequest) async throws -> JSONValue {
        let reply = try await ControlClient.withConnection(to: socket) { try await $0.send(request, deadline: .seconds(60)) }
        return try JSONValue.parse(Array(reply.readableBytesView))
    }

    func call(_ tool: String, of plugin: String, _ input: JSONValue) async throws -> JSONValue {
        let reference = PluginReference(tenant: tenant, plugin: try PluginID(plugin))
        return try await send(.pluginCall(PluginCall(reference, tool: tool, input: ByteBuffer(bytes: input.bytes))))
    }

    /// Reloads under another configuration; returns what the daemon logs about it.
    func reload(_ more: String) async throws -> String {
        try Self.write(more, in: folder)
        let before = run.errors.utf8.count
        kill(run.process, SIGHUP)
        @Sendable func log() -> String { String(decoding: run.errors.utf8.dropFirst(before), as: UTF8.self) }
        #expect(await eventually { log().contains("reload") })
        // What belongs to it is logged right behind, before the daemon is ready again.
        #expect(await eventually { (try? await send(.status)["state"]) == "ready" })
        return log()
    }
}

/// A plugin that asks its way out for a page and returns what it got.
enum ProxyAsker {
    private static let program = """
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

    /// Its folder, with a grant for one port of this machine.
    static func make(in folder: String, port: Int) throws -> String {
        let place = folder + "/asker"
        mkdir(place, 0o755)
        try FileCopy.write(program, to: place + "/asker.py")
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
}

/// Says hello to whoever asks.
final class Greeter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// On a port of its own.
    static func serve() async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Greeter()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let answer = ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        context.writeAndFlush(NIOAny(answer), promise: nil)
    }
}
