import Model
import NIOCore
import NIOSSL

/// One request of the daemon's and the head of its answer. Confined to its channel's event loop.
final class OutboundExchange: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: OutboundRequest
    private let answer: EventLoopPromise<OutboundAnswer>
    private var input = ByteBuffer()

    init(_ request: OutboundRequest, _ answer: EventLoopPromise<OutboundAnswer>) {
        self.request = request
        self.answer = answer
    }

    /// The channel is connected already.
    func handlerAdded(context: ChannelHandlerContext) {
        var bytes = ByteBuffer()
        let fields =
            [MessageHead.Field("Host", request.destination.field(defaultPort: request.isEncrypted ? 443 : 80))] + request.fields
            + [MessageHead.Field("Content-Length", "\(request.body.count)"), MessageHead.Field("Connection", "close")]
        MessageHead.write(startLine: "POST \(request.path) HTTP/1.1", fields, into: &bytes)
        bytes.writeBytes(request.body)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        input.writeBuffer(&bytes)
        do throws(Refusal) {
            while let head = try MessageHead.take(from: &input) {
                let read = try AnswerHead(head)
                guard !read.isInterim else { continue }
                return answer.succeed(OutboundAnswer(status: read.status, retryAfter: head.values("retry-after").first))
            }
        } catch {
            answer.fail(Refusal(.badAnswer, "not an answer in HTTP/1.1: \(error.reason)"))
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.read() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let isOfTLS = error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
        answer.fail(
            Refusal(.unreachable, "\(request.destination): \(isOfTLS ? "TLS: \(error)" : Dialling.reason(error))"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.fail(Refusal(.unreachable, "\(request.destination) closed the connection without an answer"))
    }
}
