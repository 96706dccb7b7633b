import Model
package import NIOCore

/// One side of a connection that speaks JSON-RPC 2.0 in lines: calls with deadlines, notifications, requests of the
/// other side.
///
/// Sits at the tail of a pipeline of raw bytes and is confined to that channel's event loop. Every call completes
/// exactly once, whatever the other side or the channel does. Everything it holds is bounded by its `Limits`. What is
/// written within one turn of the loop goes out with one flush.
///
/// Add it in the bootstrap's channel initializer: a child that ends at once may have been read to its end before any
/// later moment, and what it said would be lost.
package final class Peer: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    enum State: Equatable {
        case open
        /// Nothing more is sent; answers still come in.
        case outputClosed
        case closed(CloseReason)
    }

    package let limits: Limits
    let cancellation: Cancellation
    var handlers: Handlers?
    var state = State.open
    var context: ChannelHandlerContext?

    var decoder: LineDecoder
    var keys = JSONKeyStack()
    var strikes: StrikeLedger
    var reading = Reading()

    var calls: [Int64: PendingCall] = [:]
    var abandoned: AbandonedCalls
    var lastCall: Int64 = 0
    var timer = DeadlineTimer()

    var requests: [MessageID: PendingRequest] = [:]
    var requestBytes = 0
    var lastRequest: UInt64 = 0

    var outbox = Outbox()
    var isTickScheduled = false

    package init(limits: Limits = Limits(), handlers: Handlers, cancellation: Cancellation = .cloister) {
        self.limits = limits
        self.handlers = handlers
        self.cancellation = cancellation
        self.decoder = LineDecoder(limit: limits.lineBytes)
        self.strikes = StrikeLedger(limit: limits.openingStrikes ?? limits.strikes, window: limits.strikeWindow)
        self.abandoned = AbandonedCalls(capacity: limits.inFlight)
    }

    /// How many calls of ours wait for their answers.
    package var inFlight: Int { calls.count }

    /// Requests of the other side that are not answered yet.
    package var unanswered: Int { requests.count }

    /// Bytes that are queued to the other side.
    package var queuedBytes: Int { outbox.queuedBytes }

    /// The opening is over: what was borne in it is forgotten, and from now on `strikes` of the limits holds.
    package func settle() {
        guard limits.openingStrikes != nil else { return }
        strikes = StrikeLedger(limit: limits.strikes, window: limits.strikeWindow)
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        finish(.requested)
        self.context = nil
    }

    package func channelInactive(context: ChannelHandlerContext) {
        drainAtEnd()
        finish(.endOfFile)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        shut(CloseReason(channelError: error))
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            drainAtEnd()
            shut(.endOfFile)
        }
    }

    /// Ends the connection: sends what is queued as far as the other side takes it without waiting, then closes both
    /// directions.
    ///
    /// Calls in flight fail with `unreachable`, then `closed` is called, both before this returns.
    package func close(_ reason: CloseReason) {
        flush()
        shut(reason)
    }

    /// Closes the direction to the other side after what is queued; a child sees the end of its standard input.
    ///
    /// Calls in flight may still be answered. New ones fail with `shuttingDown`, answers to requests are dropped.
    package func closeOutput() {
        guard state == .open else { return }
        flush()
        guard state == .open else { return }
        state = .outputClosed
        context?.close(mode: .output, promise: nil)
    }

    func shut(_ reason: CloseReason) {
        finish(reason)
        context?.close(mode: .all, promise: nil)
    }

    /// Gives everyone who waits an answer; nothing happens after it. Only the first reason counts.
    func finish(_ reason: CloseReason) {
        if case .closed = state { return }
        state = .closed(reason)
        timer.cancel()
        decoder = LineDecoder(limit: limits.lineBytes)
        outbox = Outbox()
        requests = [:]
        requestBytes = 0
        let waiting = calls
        calls = [:]
        let closed = handlers?.closed
        handlers = nil
        let problem = reason.problem
        for call in waiting.values { call.completion(.failure(problem)) }
        closed?(reason)
    }
}
