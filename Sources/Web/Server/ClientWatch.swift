import HTTPTypes
import Model
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Sits before what answers requests: gives up clients that are too slow, and answers what is no HTTP.
final class ClientWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private static let interval = TimeAmount.milliseconds(500)

    private var pace: RequestPace
    private let metrics: Metrics
    private var ticking: RepeatedTask?
    /// Whether the head of an answer went out, and its end did not.
    private var isAnswering = false
    private var isBroken = false

    init(_ times: WebSettings.Times, _ metrics: Metrics) {
        pace = RequestPace(times, now: .now)
        self.metrics = metrics
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        let watch = NIOLoopBound(self, eventLoop: context.value.eventLoop)
        ticking = context.value.eventLoop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { _ in
            watch.value.note(.tick, context.value)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { ticking?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        ticking?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isBroken else { return }
        switch unwrapInboundIn(data) {
        case .head: note(.head, context)
        case .body(let bytes): note(.body(bytes.readableBytes), context)
        case .end: note(.end, context)
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        note(.wanted, context)
        context.read()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isBroken else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head): isAnswering = head.status.kind != .informational
        case .body: break
        case .end:
            isAnswering = false
            note(.answered, context)
        }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        note(.writable(context.channel.isWritable), context)
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !isBroken, let refusal = Self.refusal(of: error) else {
            context.fireErrorCaught(error)
            return
        }
        isBroken = true
        // In the middle of another answer there is no place for this one.
        guard !isAnswering else {
            context.close(promise: nil)
            return
        }
        let body = ByteBuffer(bytes: refusal.document(request: TraceContext.random(16)).bytes)
        let head = HTTPResponse(
            status: refusal.status,
            headerFields: [
                .contentType: "application/problem+json", .contentLength: String(body.readableBytes), .connection: "close",
            ])
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: nil)
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.value.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in context.value.close(promise: nil) }
    }

    private func note(_ event: RequestPace.Event, _ context: ChannelHandlerContext) {
        switch pace.handle(event, at: .now) {
        case .fine: break
        case .tooSlow:
            metrics.countSlow()
            fallthrough
        case .idle:
            ticking?.cancel()
            context.close(promise: nil)
        }
    }

    private static func refusal(of error: any Error) -> Refusal? {
        switch error {
        case HTTPParserError.headerOverflow:
            Refusal(.requestHeaderFieldsTooLarge, "headersTooLarge", "the headers of the request are too large")
        case is HTTPParserError: Refusal(.badRequest, "malformedRequest", "this is not a request of HTTP/1.1")
        case is HTTP1TypeConversionError: Refusal(.badRequest, "malformedRequest", "the request line cannot be read")
        default: nil
        }
    }
}
