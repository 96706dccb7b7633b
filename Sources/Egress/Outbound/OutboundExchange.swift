import Model
import NIOCore
import NIOSSL
import NIOTLS

/// One request of the daemon's and its answer. Confined to its channel's event loop.
final class OutboundExchange: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let request: OutboundRequest
    private let answer: EventLoopPromise<OutboundAnswer>
    private let passage: OutboundPassage
    private var input = ByteBuffer()
    /// The answer's head, once it is there and the body is wanted.
    private var head: OutboundAnswer?
    private var body = AnswerBody.counted(0)
    private var content = ByteBuffer()

    init(_ request: OutboundRequest, _ answer: EventLoopPromise<OutboundAnswer>, _ passage: OutboundPassage) {
        self.request = request
        self.answer = answer
        self.passage = passage
    }

    /// The channel is connected already.
    func handlerAdded(context: ChannelHandlerContext) {
        var bytes = ByteBuffer()
        let fields =
            [MessageHead.Field("Host", request.destination.field(defaultPort: request.isEncrypted ? 443 : 80))] + request.fields
            + (request.hasLength ? [MessageHead.Field("Content-Length", "\(request.body.count)")] : [])
            + [MessageHead.Field("Connection", "close")]
        MessageHead.write(startLine: "\(request.method.rawValue) \(request.path) HTTP/1.1", fields, into: &bytes)
        bytes.writeBytes(request.body)
        passage.sends(bytes.readableBytes)
        // What is written before the handshake waits for it.
        if !request.isEncrypted { passage.begin() }
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.whenSuccess { [passage] in passage.begin() }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: sent)
        context.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { passage.begin() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        do throws(Refusal) {
            try passage.receives(bytes.readableBytes)
        } catch {
            return answer.fail(error)
        }
        do throws(Refusal) {
            if head != nil { return try take(bytes) }
            input.writeBuffer(&bytes)
            while let head = try MessageHead.take(from: &input) {
                let read = try AnswerHead(head)
                guard !read.isInterim else { continue }
                let known = OutboundAnswer(
                    status: read.status, retryAfter: head.values("retry-after").first, fields: request.keepsFields ? head.fields : [])
                guard request.answerLimit > 0 else { return answer.succeed(known) }
                self.head = known
                body = read.body(toMethod: request.method.rawValue)
                return try take(input)
            }
        } catch {
            answer.fail(Refusal(.badAnswer, "not an answer in HTTP/1.1: \(error.reason)"))
        }
    }

    private func take(_ bytes: ByteBuffer) throws(Refusal) {
        var part = try body.take(bytes)
        content.writeBuffer(&part)
        guard content.readableBytes <= request.answerLimit else {
            throw Refusal(.badAnswer, "it is longer than \(request.answerLimit) bytes")
        }
        if body.isDone { finish() }
    }

    private func finish() {
        guard let head else { return }
        var bytes = Array(content.readableBytesView)
        if case .chunked = body { bytes = Self.joined(content) }
        answer.succeed(OutboundAnswer(status: head.status, retryAfter: head.retryAfter, fields: head.fields, body: bytes))
    }

    /// The chunks, as `BodyReader` wrote them anew, without their sizes.
    private static func joined(_ chunks: ByteBuffer) -> [UInt8] {
        var (rest, bytes): (ByteBuffer, [UInt8]) = (chunks, [])
        while let end = rest.readableBytesView.firstIndex(of: 0x0D),
            let line = rest.readString(length: end - rest.readerIndex), let size = Int(line, radix: 16), size > 0
        {
            rest.moveReaderIndex(forwardBy: 2)
            bytes += rest.readBytes(length: size) ?? []
            rest.moveReaderIndex(forwardBy: min(2, rest.readableBytes))
        }
        return bytes
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard let pause = passage.pause else { return context.read() }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: pause) { bound.value.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let isOfTLS = error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
        answer.fail(
            Refusal(.unreachable, "\(request.destination): \(isOfTLS ? "TLS: \(error)" : Dialling.reason(error))"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        if head != nil, body.endsWithConnection { return finish() }
        answer.fail(Refusal(.unreachable, "\(request.destination) closed the connection without an answer"))
    }
}
