import Control
import Logging
import Model
import NIOCore
import NIOPosix
import Supervisor
import Web

/// The HTTP server with the sockets that it was given and those that it made.
struct WebService: Sendable {
    let server: WebServer
    /// Its own: who reads large answers does not hold up those who talk with plugins.
    private let loops: MultiThreadedEventLoopGroup
    private let files: [UnixListener]

    /// Nil where neither the configuration nor the service manager asks for one.
    static func start(
        _ settings: WebSettings?, inherited: [InheritedSockets.WebSocket], group: String?, handler: DaemonHandler,
        logger: Logger
    ) async throws -> WebService? {
        guard settings != nil || !inherited.isEmpty else { return nil }
        let settings = settings ?? WebSettings()
        var files: [UnixListener] = []
        for case .path(let path) in settings.addresses { files.append(try UnixListener.bind(path: path, group: group)) }
        let listeners =
            inherited.map { WebServer.Listener(descriptor: $0.descriptor, isSecure: $0.isSecure) }
            + files.map { WebServer.Listener(descriptor: $0.descriptor) }
        let daemon = handler.daemon
        let loops = MultiThreadedEventLoopGroup(numberOfThreads: min(4, System.coreCount))
        let executors = loops.makeIterator().reduce(into: [:]) { $0[ObjectIdentifier($1)] = LoopTaskExecutor($1) }
        do {
            let server = try await WebServer.start(
                settings, listeners: listeners, group: loops, executor: { executors[ObjectIdentifier($0)] },
                port: WebPort(handler: handler), keys: daemon.keys, people: daemon.people, idempotency: daemon.idempotency,
                logger: logger)
            for address in server.addresses { logger.notice("serving HTTP", metadata: ["address": "\(address)"]) }
            return WebService(server: server, loops: loops, files: files)
        } catch {
            try? await loops.shutdownGracefully()
            throw error
        }
    }

    /// Serves until `drain` has ended.
    func run() async {
        let watching = Task { await server.watchCertificate() }
        await server.run()
        watching.cancel()
        for file in files { file.remove() }
        try? await loops.shutdownGracefully()
    }

    func drain(within limit: Duration) async { await server.drain(within: limit) }
}
