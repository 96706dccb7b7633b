import NIOCore

/// Lets senders wait until the client reads. Confined to its channel's event loop.
final class FlowGate: ChannelInboundHandler {
    typealias InboundIn = NIOAny
    typealias InboundOut = NIOAny

    private var channel: (any Channel)?
    private var waiting: [UInt64: EventLoopPromise<Void>] = [:]
    private var nextTicket: UInt64 = 0

    func handlerAdded(context: ChannelHandlerContext) { channel = context.channel }

    func handlerRemoved(context: ChannelHandlerContext) {
        channel = nil
        finish(.failure(CancellationError()))
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { finish(.success(())) }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.failure(CancellationError()))
        context.fireChannelInactive()
    }

    /// Succeeds once the channel takes more; fails when it closes or the ticket is given back.
    func pass(on loop: any EventLoop) -> (ticket: UInt64, passed: EventLoopFuture<Void>) {
        nextTicket += 1
        let ticket = nextTicket
        guard let channel, channel.isActive else { return (ticket, loop.makeFailedFuture(CancellationError())) }
        guard !channel.isWritable else { return (ticket, loop.makeSucceededVoidFuture()) }
        let promise = loop.makePromise(of: Void.self)
        waiting[ticket] = promise
        return (ticket, promise.futureResult)
    }

    func giveBack(_ ticket: UInt64) {
        waiting.removeValue(forKey: ticket)?.fail(CancellationError())
    }

    private func finish(_ outcome: Result<Void, any Error>) {
        let promises = waiting.values
        waiting = [:]
        for promise in promises { promise.completeWith(outcome) }
    }
}
