import Control
import Logging
import Model
import Plugins
import Sandbox
import Store
import Tenancy
import Web
import Workflows

/// The daemon's life from start to end: what the service manager is told, what signals do.
struct Service: Sendable {
    private let configuration: DaemonConfiguration
    private let notifier: ServiceNotifier
    private let logger: Logger
    /// The configuration as it is now.
    private let read: @Sendable () throws(Problem) -> DaemonConfiguration
    /// How long requests in flight may still take once the daemon is to end.
    private static let drainLimit = Duration.seconds(15)

    /// `read` is asked for the configuration at each reload.
    init(
        _ configuration: DaemonConfiguration, _ notifier: ServiceNotifier, _ logger: Logger,
        rereading read: @escaping @Sendable () throws(Problem) -> DaemonConfiguration
    ) {
        self.configuration = configuration
        self.notifier = notifier
        self.logger = logger
        self.read = read
    }

    /// Serves until SIGTERM or SIGINT; returns when no child and no connection is left.
    func run(inherited: Int32?, web sockets: [InheritedSockets.WebSocket] = []) async throws {
        let signals = SignalStream.make()
        let installation = try Installation(configuration: configuration)
        let daemon = try await Daemon(configuration, installation, logger)
        let socket = try inherited.map { (number) throws(Problem) in try ControlSocket.inherited(descriptor: number) }
            ?? ControlSocket.bind(path: configuration.socketPath, group: configuration.socketGroup)
        let handler = DaemonHandler(daemon: daemon, installation: installation, socket: configuration.socketPath)
        let server = try await ControlServer.start(
            on: socket, group: daemon.loops, logger: logger, handler: handler, state: { daemon.state })
        let web = try await WebService.start(
            configuration.http, inherited: sockets, group: configuration.socketGroup, handler: handler, logger: logger)

        let answering = Task { await web?.run() }
        let noting = Task { while (try? await Task.sleep(for: .seconds(60))) != nil { try? await daemon.keys.flush() } }
        let auditing = Task { await daemon.audit.watch() }
        let serving = Task { await server.run() }
        let watching = Task { await notifier.keepAlive { await daemon.isHealthy() } }
        let domains = Task {
            await daemon.domains.watch { name, problem in logger.error("domain \(name) not checked: \(problem)") }
        }
        let quotas = Task { await daemon.host.watch() }
        let usage = Task { await daemon.watchUsage() }
        let uploads = Task { await daemon.host.watchUploads() }
        let sending = Task { await daemon.courier.run() }
        let noticing = Task { await daemon.watchForNotices() }
        let recovery = Task {
            await daemon.lifecycle.recover { tenant, problem in
                logger.error("tenant \(tenant): \(problem)")
            }
            // Its tools must be there first.
            await daemon.engine.start()
        }
        daemon.enter(.ready)
        notifier.ready(status: daemon.summary)
        logger.notice("ready: \(daemon.summary)", metadata: ["data": "\(daemon.store.folder.path)"])
        for reason in daemon.enforcement.missing { logger.warning("not enforced: \(reason)") }

        for await request in signals {
            guard case .reload = request else { break }
            reload(daemon, installation, web)
        }
        daemon.enter(.draining)
        notifier.stopping(status: "waiting for calls in flight")
        logger.notice("stopping")
        async let drained: Void? = web?.drain(within: Self.drainLimit)
        await server.drain(within: Self.drainLimit)
        await drained
        await answering.value
        await serving.value
        noting.cancel()
        auditing.cancel()
        watching.cancel()
        quotas.cancel()
        usage.cancel()
        uploads.cancel()
        noticing.cancel()
        sending.cancel()
        await noticing.value
        await sending.value
        domains.cancel()
        await domains.value
        await recovery.value
        await daemon.shutDown()
        logger.notice("stopped")
    }

    private func reload(_ daemon: Daemon, _ installation: Installation, _ web: WebService?) {
        notifier.reloading()
        daemon.enter(.reloading)
        // A file of its own: neither waits for the other to be right.
        do throws(Problem) { try web?.server.reloadCertificate() } catch {
            logger.error("certificate not read again, the old one stays: \(error)")
        }
        do throws(Problem) {
            let left = try daemon.reload(try read(), installation)
            logger.notice("reloaded")
            if !left.isEmpty {
                logger.warning(
                    "changed in the configuration, and not before a restart in force: \(left.joined(separator: ", "))")
            }
        } catch {
            // Better the old settings than none: the daemon goes on with them.
            logger.error("reload failed, nothing changed: \(error)")
        }
        daemon.enter(.ready)
        notifier.ready(status: daemon.summary)
    }
}
