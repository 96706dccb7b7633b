import Logging
import Model
import NIOCore
import Wire

/// A client's connection: a peer in its channel, and the requests that came through it.
final class ControlConnection: Sendable {
    /// Confined to the event loop.
    private struct Confined {
        var peer: Peer?
        var gate = FlowGate()
        var exchanges: [MessageID: ControlExchange] = [:]
    }

    let caller: ControlCaller
    let channel: any Channel
    private let confined: NIOLoopBoundBox<Confined>
    private let logger: Logger
    private let requests = AsyncStream<ControlExchange>.makeStream()

    /// On the channel's event loop.
    init(_ channel: any Channel, caller: ControlCaller, logger: Logger) {
        self.channel = channel
        self.caller = caller
        self.logger = logger
        confined = NIOLoopBoundBox(Confined(), eventLoop: channel.eventLoop)
    }

    /// Adds the handlers; on the event loop, once. With a refusal, every request gets it and the connection closes.
    func install(limits: ControlServer.Limits, refusal: Problem? = nil) throws {
        let peer = Peer(
            limits: limits.peer,
            handlers: Peer.Handlers(
                request: { request in
                    if let refusal {
                        request.fail(refusal)
                        self.confined.value.peer?.closeOutput()
                    } else {
                        self.begin(ControlExchange(request))
                    }
                },
                notification: { method, parameters in
                    guard method == "cancel", let id = MessageID(of: parameters) else { return }
                    self.confined.value.exchanges[id]?.cancel()
                },
                strike: { self.logger.notice("control connection: \($0)", metadata: self.caller.metadata) },
                closed: { _ in self.requests.continuation.finish() }))
        let idle = TimeAmount.nanoseconds(refusal == nil ? limits.idle.nanoseconds : 5_000_000_000)
        try channel.pipeline.syncOperations.addHandlers([
            IdleStateHandler(allTimeout: idle), confined.value.gate,
            IdleCloser { self.confined.value.exchanges.isEmpty }, peer,
        ])
        // Last: the peer knows the connection until it has ended, and one that was never added does not end.
        confined.value.peer = peer
    }

    /// Runs each request in a task of its own until the connection ends, then cancels those that are left and waits.
    func run(_ perform: @Sendable @escaping (ControlExchange) async -> Result<ControlReply, Problem>) async {
        await withDiscardingTaskGroup { group in
            for await exchange in requests.stream {
                group.addTask {
                    await exchange.run { await perform(exchange) }
                    self.ended(exchange)
                }
            }
            group.cancelAll()
        }
    }

    /// Sends the notification `event` for a request; see `ControlStream.send`.
    func send(_ event: JSONValue, for exchange: ControlExchange) async throws {
        let event: JSONValue = ["request": exchange.request.id.json, "event": event]
        let parameters = ByteBuffer(bytes: event.bytes)
        let loop = channel.eventLoop
        let (ticket, passed) = try await loop.submit { self.confined.value.gate.pass(on: loop) }.get()
        try await withTaskCancellationHandler {
            try await passed.get()
        } onCancel: {
            loop.execute { self.confined.value.gate.giveBack(ticket) }
        }
        try Task.checkCancellation()
        loop.execute { self.confined.value.peer?.notify("event", parameters: parameters) }
    }

    /// Ends the connection: at once when the client has gone, else after what is queued for it, for a second at most.
    func finish() async {
        let channel = channel
        channel.eventLoop.execute { self.confined.value.peer?.closeOutput() }
        let late = channel.eventLoop.scheduleTask(in: .seconds(1)) {
            self.confined.value.peer?.close(.requested)
        }
        try? await channel.closeFuture.get()
        late.cancel()
    }

    private func begin(_ exchange: ControlExchange) {
        confined.value.exchanges[exchange.request.id] = exchange
        requests.continuation.yield(exchange)
    }

    private func ended(_ exchange: ControlExchange) {
        channel.eventLoop.execute {
            let id = exchange.request.id
            // A new request may have taken the identifier as soon as the old one was answered.
            if self.confined.value.exchanges[id] === exchange { self.confined.value.exchanges[id] = nil }
        }
    }
}

extension MessageID {
    /// The identifier as it stands in a message.
    var json: JSONValue {
        switch self {
        case .integer(let number): .integer(number)
        case .string(let text): .string(text)
        }
    }
}

/// Closes a connection on which nothing moves and nothing is asked.
private final class IdleCloser: ChannelInboundHandler {
    typealias InboundIn = NIOAny
    typealias InboundOut = NIOAny

    private let isUnused: () -> Bool

    init(_ isUnused: @escaping () -> Bool) { self.isUnused = isUnused }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            if isUnused() { context.close(promise: nil) }
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
