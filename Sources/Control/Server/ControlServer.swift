package import Logging
package import NIOCore
import NIOPosix
import Synchronization
import Wire

/// Serves the control socket.
///
/// Requests run in tasks of their own below `run`; each is audited with its caller. What is not legal in the daemon's
/// state is refused here, so a handler sees only what it may do.
package final class ControlServer: Sendable {
    struct State {
        var listener: (any Channel)?
        var connections = 0
        var turnedAway = 0
        var lastConnection: UInt64 = 0
        var isDraining = false
        /// Requests that only their client ends.
        var endless: [ObjectIdentifier: ControlExchange] = [:]
        var inFlight = 0
        /// Finished when the last request ends during a drain.
        var quiet: AsyncStream<Never>.Continuation?
    }

    let limits: Limits
    let logger: Logger
    let handler: any ControlHandler
    let daemonState: @Sendable () -> DaemonState
    let state = Mutex(State())
    let accepted = AsyncStream<ControlConnection>.makeStream()
    /// Kept until the last request has ended, so that no other daemon takes the path before.
    private let file: Mutex<SocketFile?>

    private init(
        _ file: consuming sending SocketFile?, _ limits: Limits, _ logger: Logger, _ handler: any ControlHandler,
        _ daemonState: @escaping @Sendable () -> DaemonState
    ) {
        self.file = Mutex(file)
        self.limits = limits
        self.logger = logger
        self.handler = handler
        self.daemonState = daemonState
    }

    /// Starts to accept connections; their requests wait until `run` is called.
    package static func start(
        on socket: consuming sending ControlSocket, group: any EventLoopGroup, limits: Limits = Limits(),
        logger: Logger, handler: any ControlHandler, state: @escaping @Sendable () -> DaemonState
    ) async throws -> ControlServer {
        let descriptor = socket.listener.release()
        let server = ControlServer(socket.file, limits, logger, handler, state)
        let listener = try await ServerBootstrap(group: group)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Out of descriptors, it waits a moment instead of trying again at once, for ever.
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                }
            }
            .childChannelInitializer { server.admit($0) }
            .withBoundSocket(descriptor).get()
        server.state.withLock { $0.listener = listener }
        return server
    }

    /// Serves until `drain` has ended or the task is cancelled. When it returns every request has ended, every
    /// connection is closed and the socket's file is gone.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await connection in accepted.stream {
                group.addTask { await self.serve(connection) }
            }
            stopAccepting()
            group.cancelAll()
        }
        file.withLock { $0 = nil }
    }

    /// Stops accepting, refuses new requests, lets those in flight end for at most `limit`, and then makes `run` return.
    package func drain(within limit: Duration) async {
        let quiet = AsyncStream<Never>.makeStream()
        let endless = state.withLock { state in
            state.isDraining = true
            state.quiet = quiet.continuation
            if state.inFlight == 0 { quiet.continuation.finish() }
            return Array(state.endless.values)
        }
        stopAccepting()
        for exchange in endless { exchange.cancel() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in quiet.stream {} }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        accepted.continuation.finish()
    }

    private func stopAccepting() {
        let listener = state.withLock { $0.listener.take() }
        listener?.close(promise: nil)
    }

    private func serve(_ connection: ControlConnection) async {
        await connection.run { await self.perform($0, on: connection) }
        await connection.finish()
        await handler.connectionEnded(connection.caller)
    }
}
