import Glibc
import Model
import NIOCore
import NIOPosix
import Synchronization

/// A server on the loopback address that keeps what it is sent and answers as it is told.
final class Origin: Sendable {
    enum Behaviour: Sendable {
        /// Sends these bytes once something has come, and ends.
        case answer(String)
        /// Sends back what comes until the other side has ended.
        case echo
        /// Sends so many bytes to whoever connects, and ends.
        case pour(Int)
        /// Accepts and says nothing.
        case silence
    }

    private struct State {
        var accepted = 0
        var received: [UInt8] = []
    }
    private let state = Mutex(State())
    private let channel: any Channel
    let port: Int

    private init(_ channel: any Channel) {
        self.channel = channel
        port = channel.localAddress!.port!
    }

    var accepted: Int { state.withLock { $0.accepted } }
    var received: String { String(decoding: state.withLock { $0.received }, as: UTF8.self) }

    static func with<Value>(
        _ behaviour: Behaviour, on address: String = "127.0.0.1", _ body: (Origin) async throws -> Value
    ) async throws -> Value {
        let made = Mutex<Origin?>(nil)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let origin = made.withLock { $0 }!
                    origin.state.withLock { $0.accepted += 1 }
                    try channel.pipeline.syncOperations.addHandler(Handler(origin, behaviour))
                }
            }
            .bind(host: address, port: 0).get()
        let origin = Origin(channel)
        made.withLock { $0 = origin }
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body(origin)) } catch { outcome = .failure(error) }
        try await channel.close()
        return try outcome.get()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let origin: Origin
        private let behaviour: Behaviour
        private var left = 0
        private var hasAnswered = false

        init(_ origin: Origin, _ behaviour: Behaviour) {
            self.origin = origin
            self.behaviour = behaviour
        }

        func channelActive(context: ChannelHandlerContext) {
            guard case .pour(let count) = behaviour else { return }
            left = count
            pour(context)
        }

        func channelWritabilityChanged(context: ChannelHandlerContext) { pour(context) }

        private func pour(_ context: ChannelHandlerContext) {
            while left > 0, context.channel.isWritable {
                let part = min(left, 64 << 10)
                left -= part
                context.write(NIOAny(ByteBuffer(repeating: 0x78, count: part)), promise: nil)
                if left == 0 { context.close(mode: .output, promise: nil) }
                context.flush()
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            origin.state.withLock { $0.received += bytes.readableBytesView }
            switch behaviour {
            case .answer(let text):
                guard !hasAnswered else { return }
                hasAnswered = true
                context.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
                context.close(mode: .output, promise: nil)
            case .echo: context.writeAndFlush(data, promise: nil)
            case .pour, .silence: break
            }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(mode: .output, promise: nil) }
        }
    }
}
