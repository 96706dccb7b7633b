import Control
import Logging
import Model
import NIOCore
import Plugins
import Store
import Supervisor

/// A whole daemon inside of this process, on a data folder that goes away again, with one tenant: where an author tries
/// a plugin exactly as a daemon would run it. It answers a control socket, so that every command works with it.
struct WorkbenchHost: Sendable {
    let daemon: Daemon
    let socket: String
    let tenant = TenantID(unchecked: "author")

    static func with<Value: Sendable>(
        _ configuration: DaemonConfiguration, tap: WireTap.Observer? = nil,
        _ body: (WorkbenchHost) async throws -> Value
    ) async throws -> Value {
        let folder = try FileCopy.makeTemporaryFolder()
        var settings = DaemonConfiguration()
        settings.data = folder + "/data"
        (settings.profiles, settings.launcher) = (configuration.profiles, configuration.launcher)
        (settings.controlGroup, settings.identities) = (configuration.controlGroup, configuration.identities)
        let outcome: Result<Value, any Error>
        do {
            outcome = .success(try await serve(settings, tap, body))
        } catch {
            outcome = .failure(error)
        }
        try FileCopy.remove(folder)
        return try outcome.get()
    }

    private static func serve<Value: Sendable>(
        _ settings: DaemonConfiguration, _ tap: WireTap.Observer?, _ body: (WorkbenchHost) async throws -> Value
    ) async throws -> Value {
        let installation = try Installation(configuration: settings)
        let logger = Logger(label: "workbench") { _ in SwiftLogNoOpLogHandler() }
        let daemon = try await Daemon(settings, installation, logger, tap: tap)
        let server = try await ControlServer.start(
            on: try ControlSocket.bind(path: settings.socketPath), group: daemon.loops, logger: logger,
            handler: DaemonHandler(daemon: daemon, installation: installation, socket: settings.socketPath),
            state: { daemon.state })
        daemon.enter(.ready)
        let serving = Task { await server.run() }
        let bench = WorkbenchHost(daemon: daemon, socket: settings.socketPath)
        let outcome: Result<Value, any Error>
        do {
            _ = try await bench.send(.tenantCreate(bench.tenant, name: "Author", QuotaChange()))
            outcome = .success(try await body(bench))
        } catch {
            outcome = .failure(error)
        }
        await server.drain(within: .seconds(1))
        await serving.value
        await daemon.shutDown()
        return try outcome.get()
    }

    func send(_ request: ControlRequest) async throws -> ByteBuffer {
        try await ControlClient.withConnection(to: socket) { try await $0.send(request, deadline: nil) }
    }

    /// Starts the plugin of a folder, in place of the one that ran.
    func run(folder: String, configuration: JSONValue) async throws {
        _ = try await send(.pluginRun(tenant, .folder(folder), configuration: configuration))
    }

    /// Calls a tool with files in its document properties.
    func call(
        _ tool: String, of plugin: PluginID, input: JSONValue, documents files: [String: String],
        deadline: Duration? = nil
    ) async throws -> JSONValue {
        let tenant = tenant
        let reply = try await ControlClient.withConnection(to: socket) { connection in
            let session = ClientSession(
                connection: connection, output: Output(isJSON: true, isTerminal: false, width: nil) { _ in })
            var call = PluginCall(
                PluginReference(tenant: tenant, plugin: plugin), tool: tool, input: ByteBuffer(bytes: input.bytes),
                deadline: deadline)
            for (property, path) in files {
                call.documents[property] = try await DocumentUpload(path: path).send(for: tenant, in: session)
            }
            return try await connection.send(.pluginCall(call), deadline: nil)
        }
        return try JSONValue.parse(Array(reply.readableBytesView), as: "the output")
    }
}
