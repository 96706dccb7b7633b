package import NIOCore
import Wire

/// What passes between the host and a child, for somebody who watches.
package enum WireTap {
    package enum Direction: String, Sendable {
        case toPlugin = "host"
        case fromPlugin = "plugin"
        /// Standard error.
        case errors = "stderr"
    }

    /// Told of every line, without its end, on the child's event loop. Must not block for long.
    package typealias Observer = @Sendable (ChildKey, Direction, ByteBuffer) -> Void
}

/// Sits between the pipe and the peer, and shows whole lines to an observer as they pass.
final class WireTapHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let observe: (WireTap.Direction, ByteBuffer) -> Void
    private var inbound: LineDecoder
    private var outbound: LineDecoder

    init(lineBytes: Int, observe: @escaping (WireTap.Direction, ByteBuffer) -> Void) {
        self.observe = observe
        inbound = LineDecoder(limit: lineBytes)
        outbound = LineDecoder(limit: lineBytes)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbound.append(unwrapInboundIn(data))
        // A line that is too long ends the child; the peer behind says so.
        while let line = try? inbound.next() { observe(.fromPlugin, line) }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        outbound.append(unwrapOutboundIn(data))
        while let line = try? outbound.next() { observe(.toPlugin, line) }
        context.write(data, promise: promise)
    }
}
