import NIOCore

/// Stands between the channel and the peer, and notes what the peer does to the channel.
final class WireRecorder: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    var flushes = 0
    var reads = 0
    var closes: [CloseMode] = []
    var writes: [ByteBuffer] = []
    /// What else happens at a flush.
    var onFlush: () -> Void = {}
    /// Whether writes wait, as in a channel whose other side does not read.
    var holdsWrites = false {
        didSet { if !holdsWrites { release() } }
    }

    private var held: [(data: NIOAny, promise: EventLoopPromise<Void>?)] = []
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        for write in held { write.promise?.fail(ChannelError.ioOnClosedChannel) }
        held = []
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        writes.append(unwrapOutboundIn(data))
        held.append((data, promise))
        if !holdsWrites { release() }
    }

    private func release() {
        while !held.isEmpty { releaseOne() }
    }

    /// Lets the oldest write through.
    func releaseOne() {
        guard !held.isEmpty else { return }
        let write = held.removeFirst()
        context?.writeAndFlush(write.data, promise: write.promise)
    }

    func flush(context: ChannelHandlerContext) {
        flushes += 1
        onFlush()
        context.flush()
    }

    func read(context: ChannelHandlerContext) {
        reads += 1
        context.read()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        closes.append(mode)
        if mode == .all { context.close(mode: mode, promise: promise) } else { promise?.succeed(()) }
    }
}
