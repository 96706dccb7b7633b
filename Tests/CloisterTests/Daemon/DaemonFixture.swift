import Control
import Glibc
import HostTesting
import Logging
import Model
import NIOCore
import Plugins
import Store
import Tenancy

@testable import cloister

/// A whole daemon in this process, on a data folder of its own, answering a real control socket.
struct DaemonFixture: Sendable {
    let folder: String
    let daemon: Daemon
    let socket: String

    static func with(
        folder given: String? = nil, trust: TrustPolicy = TrustPolicy(),
        notifications: NotificationSettings = NotificationSettings(), signIn: SignInSettings = SignInSettings(),
        destinations: WorkflowDestinations = WorkflowDestinations(), _ body: (DaemonFixture) async throws -> Void
    ) async throws {
        signal(SIGPIPE, SIG_IGN)
        let folder = given ?? TemporaryFolder.make()
        defer { if given == nil { TemporaryFolder.remove(folder) } }
        var configuration = DaemonConfiguration()
        configuration.data = folder + "/data"
        configuration.profiles = Built.root + "/sandbox-profiles"
        configuration.plugins = [Built.root + "/Sources/Bundled/Plugins"]
        configuration.trust = trust
        configuration.notifications = notifications
        configuration.signIn = signIn
        configuration.workflows.destinations = destinations
        let installation = Installation(folder: Built.folder, configuration: configuration)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        // Passwords cost as little as they may.
        let daemon = try await Daemon(
            configuration, installation, logger, passwords: PasswordCost(exponent: 4, blockSize: 1, parallelism: 1) ?? .ordinary)
        let socket = configuration.socketPath
        let server = try await ControlServer.start(
            on: try ControlSocket.bind(path: socket), group: daemon.loops, logger: logger,
            handler: DaemonHandler(daemon: daemon, installation: installation, socket: socket), state: { daemon.state })
        daemon.enter(.ready)
        let serving = Task { await server.run() }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(DaemonFixture(folder: folder, daemon: daemon, socket: socket))) } catch {
            outcome = .failure(error)
        }
        await server.drain(within: .seconds(5))
        await serving.value
        await daemon.shutDown()
        try outcome.get()
    }

    let tenant = TenantID(unchecked: "acme")

    func createTenant(_ change: QuotaChange = QuotaChange()) async throws {
        _ = try await send(.tenantCreate(tenant, name: nil, change))
    }

    func send(_ request: ControlRequest) async throws -> JSONValue {
        let reply = try await ControlClient.withConnection(to: socket) { try await $0.send(request, deadline: .seconds(60)) }
        return try JSONValue.parse(Array(reply.readableBytesView))
    }

    /// A plugin's folder with the probe, or another built program, in it.
    func plugin(_ id: String = "probe", program: String = "cloister-probe", arguments: String = "", more: String = "") throws -> String {
        try Self.plugin(id, in: folder, program: program, arguments: arguments, more: more)
    }

    static func plugin(
        _ id: String = "probe", in folder: String, program: String = "cloister-probe", arguments: String = "", more: String = ""
    ) throws -> String {
        let place = "\(folder)/plugins-\(id)"
        mkdir(place, 0o755)
        try copy(Built.program(program), to: "\(place)/\(program)", mode: 0o755)
        let tools = ["echo", "exit", "write", "sleep", "spin", "stop-self", "environment"].map {
            "  - {name: \($0), description: \($0), input: {type: object}}"
        }
        try FileCopy.write(
            """
            id: \(id)
            name: \(id)
            version: 1.0.0
            description: for tests
            category: processing
            protocol: cloister/1
            command: [./\(program)\(arguments)]
            deadlines: {start: 5s, stop: 500ms}
            \(more)
            tools:
            \(tools.joined(separator: "\n"))

            """, to: place + "/plugin.yaml")
        return place
    }

    func call(_ tool: String, of plugin: String = "probe", _ input: JSONValue = [:]) async throws -> JSONValue {
        try await send(
            .pluginCall(
                PluginCall(
                    PluginReference(tenant: tenant, plugin: try PluginID(plugin)), tool: tool,
                    input: ByteBuffer(bytes: input.bytes))))
    }

    /// Uploads a file and calls a tool with it, over one connection, as the command does.
    func call(_ tool: String, of plugin: String, document path: String) async throws -> JSONValue {
        let reference = PluginReference(tenant: tenant, plugin: try PluginID(plugin))
        let tenant = tenant
        let bytes = try Self.contents(path)
        let name = try DocumentName(Path.name(of: path))
        let reply = try await ControlClient.withConnection(to: socket) { client in
            let begun = try await client.send(
                .documentBegin(tenant, name, size: ByteSize(bytes: Int64(bytes.count))), deadline: .seconds(10))
            let handle = try DocumentHandle(
                try JSONValue.parse(Array(begun.readableBytesView))["handle"]?.string ?? "")
            for start in stride(from: 0, to: bytes.count, by: Int(DocumentChunk.limit.bytes)) {
                let part = bytes[start..<min(start + Int(DocumentChunk.limit.bytes), bytes.count)]
                _ = try await client.send(
                    .documentAppend(handle, try DocumentChunk(ByteBuffer(bytes: part))), deadline: .seconds(10))
            }
            _ = try await client.send(.documentFinish(handle), deadline: .seconds(10))
            return try await client.send(
                .pluginCall(PluginCall(reference, tool: tool, documents: ["": handle])), deadline: .seconds(60))
        }
        return try JSONValue.parse(Array(reply.readableBytesView))
    }

    static func contents(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "re") else { throw Problem(.notFound, "missing: \(path)") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 20)
        while case let count = fread(&part, 1, part.count, file), count > 0 { bytes += part[..<count] }
        return bytes
    }

    static var material: String { Built.root + "/.build/material" }
}
