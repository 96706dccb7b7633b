package import Model
package import NIOCore
import NIOPosix
import Wire

/// A client's connection to the daemon.
package final class ControlClient: Sendable {
    private struct Confined {
        var peer: Peer?
        var listeners: [MessageID: @Sendable (JSONValue) -> Void] = [:]
    }

    /// A call as the event loop knows it, for a cancellation that may come before the call has begun.
    private struct Call {
        var id: Peer.CallID?
        var isCancelled = false
    }

    private let path: String
    private let channel: any Channel
    private let confined: NIOLoopBoundBox<Confined>

    /// Connects, runs `body` and closes the connection however `body` ends.
    ///
    /// Throws `unreachable` where no daemon answers, `permissionDenied` where the socket's mode forbids it.
    package static func withConnection<Success: Sendable>(
        to path: String, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        _ body: (ControlClient) async throws -> Success
    ) async throws -> Success {
        let client = try await connect(to: path, group: group)
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }

    private static func connect(to path: String, group: any EventLoopGroup) async throws -> ControlClient {
        let descriptor = try ConnectedSocket.connect(to: path)
        let channel = try await ClientBootstrap(group: group).withConnectedSocket(descriptor.release()).get()
        return try await channel.eventLoop.submit { try ControlClient(path, channel) }.get()
    }

    private init(_ path: String, _ channel: any Channel) throws {
        self.path = path
        self.channel = channel
        let confined = NIOLoopBoundBox(Confined(), eventLoop: channel.eventLoop)
        self.confined = confined
        let peer = Peer(
            limits: Peer.Limits(),
            handlers: Peer.Handlers(
                request: { $0.fail(Problem(.unsupported, "a control client answers no requests")) },
                notification: { method, parameters in
                    guard method == "event", let id = MessageID(member: "request", of: parameters),
                        let listener = confined.value.listeners[id],
                        let event = try? JSONValue.parse(Array(parameters?.readableBytesView ?? ByteBufferView()))
                    else { return }
                    listener(event["event"] ?? .null)
                }))
        confined.value.peer = peer
        try channel.pipeline.syncOperations.addHandler(peer)
    }

    /// Sends a request and returns the result's JSON text.
    ///
    /// When the task is cancelled the daemon is told, and the problem is `cancelled`. Without a deadline it waits as long
    /// as the connection lives. The request's events reach `onEvent` on the connection's event loop, in order and before
    /// the result; while it runs, nothing more is read.
    package func send(
        _ request: ControlRequest, deadline: Duration? = nil, onEvent: (@Sendable (JSONValue) -> Void)? = nil
    ) async throws(Problem) -> ByteBuffer {
        let loop = channel.eventLoop
        let call = NIOLoopBoundBox<Call>.makeBoxSendingValue(Call(), eventLoop: loop)
        let parameters = request.parameters
        let result: Result<ByteBuffer, Problem> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.execute {
                    guard !call.value.isCancelled, let peer = self.confined.value.peer else {
                        return continuation.resume(returning: .failure(Problem(.cancelled, "cancelled")))
                    }
                    let id = peer.call(
                        request.method.rawValue, parameters: parameters,
                        deadline: deadline.map { .now() + .nanoseconds($0.nanoseconds) }
                    ) { result in
                        if let id = call.value.id { self.confined.value.listeners[id.messageID] = nil }
                        continuation.resume(returning: result)
                    }
                    call.value.id = id
                    if let onEvent { self.confined.value.listeners[id.messageID] = onEvent }
                }
            }
        } onCancel: {
            loop.execute {
                call.value.isCancelled = true
                if let id = call.value.id { self.confined.value.peer?.cancel(id) }
            }
        }
        switch result {
        case .success(let bytes): return bytes
        case .failure(let problem): throw problem
        }
    }

    private func close() async {
        channel.eventLoop.execute { self.confined.value.peer?.close(.requested) }
        try? await channel.closeFuture.get()
    }
}
