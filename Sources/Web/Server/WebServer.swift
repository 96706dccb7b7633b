import HummingbirdCore
import HummingbirdHTTP2
package import Logging
package import Model
package import NIOCore
import NIOExtras
import NIOPosix
import NIOSSL
import Synchronization
package import Tenancy

/// Serves the API over HTTP/1.1 and, where there is a certificate, over HTTP/2 and TLS.
///
/// Each request runs in a task below `run`, where its connection is at home: nothing of it changes threads. A client that is
/// slow, or sends what is too large, costs a connection and nothing else.
package final class WebServer: Sendable {
    /// A socket that listens already.
    package struct Listener: Sendable {
        package let descriptor: Int32
        package let isSecure: Bool

        package init(descriptor: Int32, isSecure: Bool = false) {
            self.descriptor = descriptor
            self.isSecure = isSecure
        }
    }

    private struct State {
        var listeners: [(channel: any Channel, quiescing: ServerQuiescingHelper)] = []
        var open: [ObjectIdentifier: any Channel] = [:]
        var secure: HTTP2UpgradeChannel?
        var isDraining = false
    }

    private struct Job: Sendable {
        let executor: (any TaskExecutor)?
        let body: @Sendable () async -> Void
    }

    private let settings: WebSettings
    private let api: API
    private let metrics: Metrics
    private let executor: @Sendable (any EventLoop) -> (any TaskExecutor)?
    private let logger: Logger
    private let plain: HTTP1Channel
    private let state = Mutex(State())
    private let accepted = AsyncStream<Job>.makeStream()

    /// Starts to accept connections; their requests wait until `run` is called. `executor` runs tasks on a loop of the group.
    package static func start(
        _ settings: WebSettings, listeners: [Listener] = [], group: any EventLoopGroup,
        executor: @escaping @Sendable (any EventLoop) -> (any TaskExecutor)?, port: any DaemonPort, keys: Keys, people: People,
        idempotency: Idempotency, logger: Logger
    ) async throws -> WebServer {
        let metrics = Metrics()
        let api = API(
            Routes.served, port, keys: { keys.authenticate($0) }, people, idempotency, settings, metrics, logger)
        let server = try WebServer(settings, api, metrics, executor, logger)
        for listener in listeners {
            try await server.listen(group, isSecure: listener.isSecure) { try await $0.withBoundSocket(listener.descriptor).get() }
        }
        for case .network(let host, let port) in settings.addresses {
            try await server.listen(group, isSecure: settings.certificate != nil) { bootstrap in
                do {
                    return try await bootstrap.bind(host: host, port: port).get()
                } catch {
                    throw Problem(
                        .invalidConfiguration, "cannot listen on \(host):\(port)",
                        hint: "is another program there? change http.listen", cause: String(describing: error))
                }
            }
        }
        return server
    }

    private init(
        _ settings: WebSettings, _ api: API, _ metrics: Metrics, _ executor: @escaping @Sendable (any EventLoop) -> (any TaskExecutor)?,
        _ logger: Logger
    ) throws(Problem) {
        self.settings = settings
        self.api = api
        self.metrics = metrics
        self.executor = executor
        self.logger = logger
        plain = HTTP1Channel(responder: Self.responder(api), configuration: Self.stream(settings, metrics))
        try reloadCertificate()
    }

    /// Where the server can be reached, for those that asked for any port.
    package var addresses: [SocketAddress] { state.withLock { $0.listeners.compactMap(\.channel.localAddress) } }

    /// Reads the certificate again. New connections get it; those that are open keep theirs. What is wrong with the files
    /// changes nothing.
    package func reloadCertificate() throws(Problem) {
        guard let files = settings.certificate else { return }
        var configuration = HTTP2UpgradeChannel.Configuration(streamConfiguration: Self.stream(settings, metrics))
        configuration.idleTimeout = settings.times.idle
        configuration.gracefulCloseTimeout = settings.times.stall
        do {
            let secure = try HTTP2UpgradeChannel(
                tlsConfiguration: try CertificateFiles.load(files), configuration: configuration, responder: Self.responder(api))
            state.withLock { $0.secure = secure }
        } catch {
            throw Problem(
                .invalidConfiguration, "cannot use the certificate \(files.chain) with the key \(files.key)",
                hint: "both are PEM files, the server's own certificate first", cause: String(describing: error))
        }
    }

    /// Reads the certificate again when its files have changed; until the task is cancelled.
    package func watchCertificate() async {
        guard let files = settings.certificate else { return }
        var known = CertificateFiles.versions(of: files)
        while (try? await Task.sleep(for: .seconds(10))) != nil {
            let versions = CertificateFiles.versions(of: files)
            guard versions != known else { continue }
            known = versions
            do throws(Problem) {
                try reloadCertificate()
                logger.notice("certificate read again")
            } catch {
                logger.error("certificate not read again, the old one stays: \(error)")
            }
        }
    }

    /// Serves until `drain` has ended. When it returns every request has ended and every connection is closed.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await job in accepted.stream { group.addTask(executorPreference: job.executor) { await job.body() } }
            group.cancelAll()
        }
    }

    /// Stops accepting, lets requests in flight end for at most `limit`, and then makes `run` return.
    package func drain(within limit: Duration) async {
        let listeners = state.withLock { state in
            state.isDraining = true
            return state.listeners
        }
        api.endStreams()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                let ends = listeners.map { listener in
                    let promise = listener.channel.eventLoop.makePromise(of: Void.self)
                    listener.quiescing.initiateShutdown(promise: promise)
                    return promise.futureResult
                }
                for end in ends { try? await end.get() }
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                // Whoever is left has had the time; the first task ends by it.
                for channel in self.state.withLock({ Array($0.open.values) }) { channel.close(promise: nil) }
            }
            await group.next()
            group.cancelAll()
        }
        accepted.continuation.finish()
        // What belongs to the event loops goes before them.
        state.withLock { $0.listeners = [] }
    }

    private func listen(
        _ group: any EventLoopGroup, isSecure: Bool, _ bind: (ServerBootstrap) async throws -> any Channel
    ) async throws {
        guard !isSecure || settings.certificate != nil else {
            throw Problem(
                .invalidConfiguration, "the socket https needs a certificate", hint: "set http.tls, or name the socket http")
        }
        let quiescing = ServerQuiescingHelper(group: group)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // All that wait, not four for each round of everybody's requests: the last of a thousand would wait for seconds.
            .serverChannelOption(.maxMessagesPerRead, value: 256)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Out of descriptors, it waits a moment instead of trying again at once, for ever.
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                    try channel.pipeline.syncOperations.addHandler(quiescing.makeServerChannelHandler(channel: channel))
                }
            }
            .childChannelInitializer { self.admit($0, isSecure: isSecure) }
        let channel = try await bind(bootstrap)
        state.withLock { $0.listeners.append((channel, quiescing)) }
    }

    /// Makes a connection of an accepted channel, counted before a byte is read.
    private func admit(_ channel: any Channel, isSecure: Bool) -> EventLoopFuture<Void> {
        guard metrics.open(limit: settings.limits.connections) else {
            return refuse(channel, isSecure: isSecure)
        }
        let identity = ObjectIdentifier(channel)
        let secure = state.withLock { state in
            state.open[identity] = channel
            return isSecure ? state.secure : nil
        }
        channel.closeFuture.whenComplete { _ in
            self.metrics.close()
            self.state.withLock { $0.open[identity] = nil }
        }
        guard let secure else {
            return plain.setup(channel: channel, logger: logger).map { value in
                self.start(on: channel.eventLoop) { await self.plain.handle(value: value, logger: self.logger) }
            }
        }
        let late = channel.eventLoop.scheduleTask(in: .nanoseconds(settings.times.header.nanoseconds)) {
            self.metrics.countSlow()
            channel.close(promise: nil)
        }
        return secure.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let encryption = try pipeline.handler(type: NIOSSLServerHandler.self)
            try pipeline.addHandler(Handshake { late.cancel() }, position: .after(encryption))
            self.start(on: channel.eventLoop) { await secure.handle(value: value, logger: self.logger) }
        }
    }

    private func start(on loop: any EventLoop, _ body: @escaping @Sendable () async -> Void) {
        // One that nobody takes any more is run all the same: it ends by its connection.
        if case .terminated = accepted.continuation.yield(Job(executor: executor(loop), body: body)) { Task { await body() } }
    }

    /// Says that there is no room, where that needs no handshake, and closes.
    private func refuse(_ channel: any Channel, isSecure: Bool) -> EventLoopFuture<Void> {
        let full: EventLoopFuture<Void> = channel.eventLoop.makeFailedFuture(Problem(.retryLater, "too many connections"))
        guard !isSecure else { return full }
        let text = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(Farewell(text))
        }
    }

    private static func responder(_ api: API) -> HTTPChannelHandler.Responder {
        { request, writer, channel in try await api.respond(request, writer, channel) }
    }

    private static func stream(_ settings: WebSettings, _ metrics: Metrics) -> HTTP1Channel.Configuration {
        let bytes = Int(settings.limits.header.bytes)
        return HTTP1Channel.Configuration(
            additionalChannelHandlers: [ClientWatch(settings.times, metrics)],
            httpDecoderConfiguration: .init(maxHeaderFieldSize: bytes, maxHeaderListSize: bytes, maxHeaderFieldCount: 200))
    }
}
