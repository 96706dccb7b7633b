import Glibc
import Model
import NIOCore
import NIOPosix

/// One connection of a child's: reads a request, finds out where it may go, and brings it on its way. Another request may
/// follow an answer whose end can be told; each is judged by itself, wherever those before it went.
///
/// Nothing is read before it is wanted, so a child that sends more than its origin takes waits in write(2).
final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case head
        /// The request is being judged, looked up or dialled; nothing is read meanwhile.
        case dialling
        case exchange(Exchange)
        case over
    }

    private let listener: EgressListener
    private let channel: any Channel
    private var state = State.head
    private var input = ByteBuffer()
    private var headTimer: Scheduled<Void>?
    private var hasPlace = false
    private var isTurnedAway = false
    /// A request was answered: what follows now is another one, or nothing.
    private var hasAnswered = false
    /// The child has said all that it will say.
    private var hasEnded = false

    init(of listener: EgressListener, on channel: any Channel) {
        self.listener = listener
        self.channel = channel
    }

    func channelActive(context: ChannelHandlerContext) {
        do throws(Refusal) {
            try listener.account.open()
            hasPlace = true
        } catch {
            isTurnedAway = listener.turnAway()
            if isTurnedAway { return refuse(error) }
            listener.refused(error)
            return finish()
        }
        awaitHead()
        context.read()
    }

    /// Starts the time that the next head may take: all of it once it has begun, its first byte before that.
    private func awaitHead() {
        headTimer?.cancel()
        let timeouts = listener.egress.settings.timeouts
        let isIdle = hasAnswered && input.readableBytes == 0
        let limit = isIdle ? timeouts.betweenRequests : timeouts.head
        headTimer = channel.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(limit.nanoseconds)) { [self] in
            if isIdle { leave() } else { refuse(Refusal(.headTimeout, "no whole request within \(limit.text)")) }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        switch state {
        case .head:
            let begins = hasAnswered && input.readableBytes == 0
            input.writeBuffer(&bytes)
            if begins { awaitHead() }
            readHead()
        case .exchange(let exchange): exchange.sent(&bytes)
        // What a child says into a request that is being judged has no place there; it is kept for the body, bounded by
        // what one read brings, for no other is asked for.
        case .dialling: input.writeBuffer(&bytes)
        case .over: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        switch state {
        case .head: context.read()
        case .exchange(let exchange): exchange.readClient()
        case .dialling, .over: break
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .exchange(let exchange) = state, context.channel.isWritable { exchange.readUpstream() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        switch state {
        case .head: if hasAnswered { leave() } else { finish() }
        case .dialling: hasEnded = true
        case .exchange(let exchange):
            hasEnded = true
            exchange.clientEnded()
        case .over: channel.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { finish() }

    func channelInactive(context: ChannelHandlerContext) {
        if case .exchange(let exchange) = state { exchange.abandon() }
        end()
    }

    private func readHead() {
        do throws(Refusal) {
            guard let head = try MessageHead.take(from: &input) else {
                if hasEnded { leave() }
                return
            }
            headTimer?.cancel()
            state = .dialling
            let request = try ProxyRequest(head)
            do throws(Refusal) {
                try begin(request)
            } catch {
                throw error.at(request.destination)
            }
        } catch {
            refuse(error)
        }
    }

    private func begin(_ request: ProxyRequest) throws(Refusal) {
        if request.form == .tunnel, input.readableBytes > 0 {
            throw Refusal(.badRequest, "bytes behind CONNECT before its answer")
        }
        try listener.policy().check(request.destination, method: request.method)
        listener.used(request.destination, request.method)
        try listener.account.checkVolume()
        try listener.account.takeRequest()
        let (egress, loop) = (listener.egress, channel.eventLoop)
        let found =
            switch request.destination.host {
            case .address(let address): loop.makeSucceededFuture([address])
            case .name(let name): egress.resolver.addresses(of: name, for: listener.child.owner, on: loop)
            }
        found.assumeIsolated().flatMapThrowing { addresses in
            try egress.permitted(addresses, for: request.destination)
        }.flatMap { [self] addresses in
            credential(for: request).map { (addresses, $0) }
        }.whenComplete { [self] result in
            guard case .dialling = state else { return }
            switch result {
            case .success(let (addresses, fields)):
                switch request.form {
                case .tunnel: openTunnel(to: addresses, request)
                case .exchange(let scheme, let path): openExchange(to: addresses, request, scheme, path, fields)
                }
            case .failure(let error): refuse(Self.refusal(error, request.destination))
            }
        }
    }

    /// The fields that are put into the request in place of the child's own.
    private func credential(for request: ProxyRequest) -> EventLoopFuture<[MessageHead.Field]> {
        let (egress, child, loop) = (listener.egress, listener.child, channel.eventLoop)
        guard case .exchange(let scheme, _) = request.form,
            let rule = egress.settings.credentials.first(where: {
                $0.applies(to: request.destination, tenant: child.tenant, plugin: child.plugin)
            })
        else { return loop.makeSucceededFuture([]) }
        guard scheme == .https else {
            return loop.makeFailedFuture(
                Refusal(
                    .credentialUnavailable, "a credential is sent over https alone",
                    hint: "send `\(request.method) https://\(request.destination.host)/…` to the proxy"))
        }
        // An origin answers TRACE with the request as it came (RFC 9110, section 9.3.8).
        guard request.method != "TRACE", request.method != "TRACK" else {
            return loop.makeFailedFuture(
                Refusal(.methodNotGranted, "\(request.method) would show the credential that is put into the request"))
        }
        let promise = loop.makePromise(of: [MessageHead.Field].self)
        promise.completeWithTask {
            let secret: String
            do throws(Problem) {
                secret = try await egress.credentials.secret(rule.secret, of: child.tenant)
            } catch {
                throw Refusal(.credentialUnavailable, "the credential is not to be had: \(error.message)", hint: error.hint)
            }
            return [try rule.field(with: secret)]
        }
        return promise.futureResult
    }

    private static func refusal(_ error: any Error, _ destination: Authority) -> Refusal {
        (error as? Refusal ?? Refusal(.unreachable, "\(destination) cannot be reached: \(Dialling.reason(error))")).at(destination)
    }
}

extension ClientConnection {
    private func openTunnel(to addresses: [SocketAddress], _ request: ProxyRequest) {
        dial(addresses, for: request) { _ in } then: { [self] upstream in
            let established = ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n")
            channel.writeAndFlush(established).assumeIsolated().whenComplete { [self] result in
                guard case .success = result, case .dialling = state else {
                    upstream.close(promise: nil)
                    return finish()
                }
                handOver(upstream, request.destination)
            }
        }
    }

    /// Gives both sockets to the relay: copies of their descriptors, for a channel lets nobody have its own.
    private func handOver(_ upstream: any Channel, _ destination: Authority) {
        let ends = [channel, upstream].map { channel in
            try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                fcntl($0, F_DUPFD_CLOEXEC, 3)
            }
        }
        state = .over
        let (client, other) = (ends[0] ?? -1, ends[1] ?? -1)
        guard client >= 0, other >= 0 else {
            for end in [client, other] where end >= 0 { close(end) }
            upstream.close(promise: nil)
            return channel.close(promise: nil)
        }
        hasPlace = false
        listener.account.countRequest()
        listener.carry(
            Tunnel.Order(
                client: client, upstream: other, owner: listener.number, gate: TunnelGate(destination),
                account: listener.account, timeouts: listener.egress.settings.timeouts
            ) { [listener] refusal in
                listener.account.close()
                if let refusal { listener.refused(refusal) }
            })
        upstream.close(promise: nil)
        channel.close(promise: nil)
    }

    private func openExchange(
        to addresses: [SocketAddress], _ request: ProxyRequest, _ scheme: ProxyRequest.Scheme, _ path: String,
        _ injected: [MessageHead.Field]
    ) {
        let exchange = Exchange(
            request, of: listener, client: channel, holdsSecret: !injected.isEmpty, refuse: { [self] in refuse($0) },
            next: { [self] in next($0) })
        dial(addresses, for: request) { [listener] channel in
            try exchange.prepare(channel, tls: scheme == .https ? listener.egress.tls() : nil)
        } then: { [self] upstream in
            state = .exchange(exchange)
            listener.account.countRequest()
            exchange.begin(on: upstream, path: path, scheme: scheme, injecting: injected, body: &input)
            if hasEnded { exchange.clientEnded() }
        }
    }

    private func dial(
        _ addresses: [SocketAddress], for request: ProxyRequest, prepare: @escaping (any Channel) throws -> Void,
        then proceed: @escaping (any Channel) -> Void
    ) {
        Dialling.connect(
            to: addresses, port: request.destination.port, on: channel.eventLoop,
            timeout: listener.egress.settings.timeouts.connect, prepare: prepare
        ).assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(let upstream):
                guard case .dialling = state else { return upstream.close(promise: nil) }
                proceed(upstream)
            case .failure(let error):
                guard case .dialling = state else { return }
                refuse(Self.refusal(error, request.destination))
            }
        }
    }

    /// The exchange is over and the child may ask again; `rest` is what it said behind its request.
    private func next(_ rest: ByteBuffer) {
        guard case .exchange = state else { return }
        hasAnswered = true
        state = .head
        input = rest
        awaitHead()
        readHead()
        if case .head = state { channel.read() }
    }

    /// Ends the connection behind what was written so far.
    private func leave() {
        state = .over
        headTimer?.cancel()
        channel.closeGently()
    }

    /// Answers with the refusal, unless an answer has begun, and ends the connection.
    private func refuse(_ refusal: Refusal) {
        if case .over = state { return }
        state = .over
        headTimer?.cancel()
        listener.refused(refusal)
        channel.write(ByteBuffer(bytes: refusal.answer()), promise: nil)
        channel.closeGently()
    }

    private func finish() {
        state = .over
        channel.close(promise: nil)
    }

    /// Gives back what the connection held; once.
    private func end() {
        state = .over
        headTimer?.cancel()
        if isTurnedAway { listener.hasLeft() }
        isTurnedAway = false
        guard hasPlace else { return }
        hasPlace = false
        listener.account.close()
    }
}
