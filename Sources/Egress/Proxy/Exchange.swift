import Model
import NIOCore
import NIOSSL

/// One request of a child's to one origin and its answer, both passed on as they come; the handler of the origin's
/// channel, which serves this one exchange. Confined to its event loop.
///
/// Where several addresses are tried it is in the pipeline of each, and listens to the one that answered alone.
/// Each side is read only while the other takes what comes and the account allows it.
final class Exchange: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let request: ProxyRequest
    private let listener: EgressListener
    private let client: any Channel
    /// Whether a credential was put into the request: then nothing that the origin says is told to anybody else.
    private let holdsSecret: Bool
    /// Tells the child why there is no answer.
    private let refuse: (Refusal) -> Void
    /// Called when the answer is whole and another request may follow, with what came behind this one.
    private let next: (ByteBuffer) -> Void
    private var upstream: (any Channel)?
    private var body: BodyReader
    /// The start of a line of the body's framing, or what came behind the body.
    private var pending = ByteBuffer()
    private var answer = ByteBuffer()
    private var hasAnswered = false
    private var keepsOpen = false
    private var answerBody = AnswerBody.untilEnd
    private var isOver = false
    private var paused: Scheduled<Void>?

    init(
        _ request: ProxyRequest, of listener: EgressListener, client: any Channel, holdsSecret: Bool,
        refuse: @escaping (Refusal) -> Void, next: @escaping (ByteBuffer) -> Void
    ) {
        self.request = request
        self.listener = listener
        self.client = client
        self.holdsSecret = holdsSecret
        self.refuse = refuse
        self.next = next
        body = BodyReader(request.framing)
    }

    /// Adds what the origin's channel needs: TLS with the host's name checked, a limit on silence, this.
    func prepare(_ channel: any Channel, tls: NIOSSLContext?) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls { try pipeline.addHandler(CertificateName.handler(for: request.destination.host, tls)) }
        let idle = listener.egress.settings.timeouts.idle
        try pipeline.addHandler(IdleStateHandler(allTimeout: .nanoseconds(idle.nanoseconds)))
        try pipeline.addHandler(self)
    }

    /// Sends the request's head; `first` is what came behind it.
    func begin(
        on upstream: any Channel, path: String, scheme: ProxyRequest.Scheme, injecting injected: [MessageHead.Field],
        body first: inout ByteBuffer
    ) {
        self.upstream = upstream
        guard upstream.isActive else {
            return fail(Refusal(.unreachable, "\(request.destination) hung up", destination: request.destination))
        }
        var head = ByteBuffer()
        request.writeHead(path: path, scheme: scheme, injecting: injected, into: &head)
        upstream.write(head, promise: nil)
        count(sent: head.readableBytes)
        sent(&first)
        upstream.read()
        readClient()
    }

    /// The child sent a part of its body.
    func sent(_ bytes: inout ByteBuffer) {
        guard !isOver, let upstream else { return }
        pending.writeBuffer(&bytes)
        var output = upstream.allocator.buffer(capacity: pending.readableBytes)
        do throws(Refusal) {
            try body.read(&pending, into: &output)
        } catch {
            return fail(error.at(request.destination))
        }
        let length = output.readableBytes
        upstream.writeAndFlush(output, promise: nil)
        count(sent: length)
    }

    func readClient() {
        guard !isOver, paused == nil, !body.isDone, upstream?.isWritable == true else { return }
        client.read()
    }

    /// The child takes more of the answer.
    func readUpstream() {
        guard !isOver, paused == nil, client.isWritable else { return }
        upstream?.read()
    }

    /// The child sends nothing more: a client that waits for the rest of its answer, or one that is gone.
    func clientEnded() {
        guard !isOver else { return client.close(promise: nil) }
        guard body.isDone else { return abandon() }
        guard hasAnswered else { return }
        client.eventLoop.assumeIsolated().scheduleTask(in: .seconds(10)) { [self] in abandon() }
    }

    /// Ends both sides at once.
    func abandon() {
        guard !isOver else { return }
        isOver = true
        paused?.cancel()
        upstream?.close(promise: nil)
        client.close(promise: nil)
    }

    private func isMine(_ context: ChannelHandlerContext) -> Bool { context.channel === upstream && !isOver }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard isMine(context) else { return }
        var bytes = unwrapInboundIn(data)
        count(received: bytes.readableBytes)
        guard hasAnswered else {
            answer.writeBuffer(&bytes)
            return readAnswer()
        }
        pass(bytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard isMine(context) else { return }
        client.flush()
        readUpstream()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if isMine(context) { readClient() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent, isMine(context) else {
            return context.fireUserInboundEventTriggered(event)
        }
        fail(Refusal(.timeout, "\(request.destination) was silent for long", destination: request.destination))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard isMine(context) else { return context.close(promise: nil) }
        let what = error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError ? "TLS: \(error)" : Dialling.reason(error)
        fail(Refusal(.unreachable, "\(request.destination): \(what)", destination: request.destination))
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard isMine(context) else { return }
        guard hasAnswered else {
            return fail(
                Refusal(.badAnswer, "\(request.destination) ended without an answer", destination: request.destination))
        }
        // Cut short, an answer must not look whole.
        if answerBody.endsWithConnection { finish() } else { abandon() }
    }

    private func readAnswer() {
        do throws(Refusal) {
            while !hasAnswered {
                guard let head = try MessageHead.take(from: &answer) else { return }
                let answerHead = try AnswerHead(head)
                var written = ByteBuffer()
                if !answerHead.isInterim {
                    hasAnswered = true
                    answerBody = answerHead.body(toMethod: request.method)
                    // A child that is still sending has not heard yet; what it sends would be taken for another request.
                    keepsOpen = request.keepsOpen && body.isDone && !answerBody.endsWithConnection
                }
                answerHead.write(keepingOpen: keepsOpen, into: &written)
                client.write(written, promise: nil)
            }
        } catch {
            return fail(badAnswer(error))
        }
        let rest = answer
        answer = ByteBuffer()
        pass(rest)
    }

    /// Hands the child a part of the answer's body.
    private func pass(_ bytes: ByteBuffer) {
        do throws(Refusal) {
            let part = try answerBody.take(bytes)
            if part.readableBytes > 0 { client.write(part, promise: nil) }
        } catch {
            return fail(badAnswer(error))
        }
        if answerBody.isDone { finish() }
    }

    private func badAnswer(_ refusal: Refusal) -> Refusal {
        Refusal(
            .badAnswer, "\(request.destination): \(holdsSecret ? "the answer is not one of HTTP/1.1" : refusal.reason)",
            destination: request.destination, hint: refusal.hint)
    }

    /// The answer is whole.
    private func finish() {
        guard !isOver else { return }
        isOver = true
        paused?.cancel()
        upstream?.close(promise: nil)
        guard keepsOpen else { return client.closeGently() }
        client.flush()
        next(pending)
    }

    private func fail(_ refusal: Refusal) {
        guard !isOver else { return }
        guard !hasAnswered else {
            listener.refused(refusal)
            return abandon()
        }
        isOver = true
        paused?.cancel()
        upstream?.close(promise: nil)
        refuse(refusal)
    }

    private func count(sent: Int = 0, received: Int = 0) {
        switch listener.account.spend(sent: sent, received: received) {
        case .go: break
        case .usedUp: fail(listener.account.volumeUsedUp.at(request.destination))
        case .wait(let time):
            paused?.cancel()
            paused = client.eventLoop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(time)) { [self] in
                paused = nil
                readClient()
                readUpstream()
            }
        }
    }
}

extension Channel {
    /// Ends a connection so that the other side gets everything written so far: what it still sends is read away for a
    /// moment, for unread it would turn the close into a reset.
    func closeGently() {
        setOption(.autoRead, value: true).whenComplete { _ in }
        // Behind everything that was written before.
        writeAndFlush(ByteBuffer()).whenComplete { _ in
            self.close(mode: .output, promise: nil)
            self.eventLoop.scheduleTask(in: .seconds(1)) { self.close(promise: nil) }
        }
    }
}
