package import Model
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization

/// Looks at the certificates under which names are served.
///
/// What is dialled is judged as everything that leaves the daemon is: an address must be public, or one that the operator
/// named. Nothing is asked of the server, and nothing of it is believed before its certificate was verified by the system's
/// authorities and those of the operator's files.
package struct CertificateInspector: Sendable {
    let port: Int
    /// Files of certificates in PEM, read at each look: an authority of one's own may come after the daemon.
    let trust: [String]
    let named: PrivateGrants
    let deadline: Duration

    package init(port: Int, trusting trust: [String], named: [Address], deadline: Duration = .seconds(10)) {
        self.port = port
        self.trust = trust
        self.named = PrivateGrants(
            named.compactMap { address in AddressRange(address.description).map { PrivateGrants.Entry(range: $0, port: port) } })
        self.deadline = deadline
    }

    /// Never longer than twice the deadline. `now` is in milliseconds since 1970 (UTC).
    package func look(at name: String, _ addresses: [Address], now: Int64) async -> CertificateFinding {
        var (permitted, refused): ([SocketAddress], String?) = ([], nil)
        for address in addresses {
            switch named.verdict(on: address, port: port) {
            case .allowed: permitted.append(SocketAddress(address, port: port))
            case .refused(let what): refused = "\(name) is \(address), which is \(what): an operator names it in domains.addresses"
            }
        }
        guard !permitted.isEmpty else { return .unknown(refused ?? "\(name) has no address") }
        let (believing, verifying): (NIOSSLContext, NIOSSLContext)
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            configuration.additionalTrustRoots = trust.map { .file($0) }
            verifying = try NIOSSLContext(configuration: configuration)
            // NIOSSL compares the name before anybody can ask which one is there.
            configuration.certificateVerification = .noHostnameVerification
            believing = try NIOSSLContext(configuration: configuration)
        } catch {
            return .unknown(
                "the authorities in \(trust.joined(separator: ", ")) cannot be read: an operator puts certificates in PEM there, or takes them out of domains.certificates.trust")
        }
        // First what there is, whoever says so: a certificate that is not good is told of, and not only refused.
        let first = await shake(name, permitted, believing, verifies: false)
        guard case .seen(let shown) = first else { return .unknown(Self.unseen(name, port, first)) }
        if let fault = Self.fault(of: shown, for: name, now: now) { return .bad(shown, fault) }
        let second = await shake(name, permitted, verifying, verifies: true)
        switch second {
        case .seen(let verified): return .good(verified)
        case .refused:
            return .bad(
                shown,
                "the certificate of \(name) is issued by \(shown.issuer), which is not trusted here: get one of a public authority, or an operator names the authority's file in domains.certificates.trust")
        case .failed: return .unknown(Self.unseen(name, port, second))
        }
    }

    /// What is wrong with a certificate that says so itself.
    static func fault(of seen: SeenCertificate, for name: String, now: Int64) -> String? {
        guard seen.names.contains(where: { CertificateName.covers($0, name) }) else {
            let names = seen.names.isEmpty ? "no name" : seen.names.prefix(3).joined(separator: ", ")
            return "the certificate at \(name) bears \(names), and not \(name): let whoever serves TLS there get one for it"
        }
        if now >= seen.validUntil {
            return "the certificate of \(name) ended at \(Timestamp(milliseconds: seen.validUntil)): let whoever serves TLS there renew it, whose log says why it was not"
        }
        if now < seen.validFrom {
            return "the certificate of \(name) begins at \(Timestamp(milliseconds: seen.validFrom)): are the clocks of this host and of whoever issued it right?"
        }
        return nil
    }

    private static func unseen(_ name: String, _ port: Int, _ outcome: Outcome) -> String {
        switch outcome {
        case .refused(let why): "\(name), port \(port), shows no certificate (\(why)): let TLS be served there for this name"
        case .failed(let why): "\(name), port \(port), cannot be reached: \(why)"
        case .seen: ""
        }
    }

    private enum Outcome: Sendable {
        case seen(SeenCertificate)
        /// TLS ended it.
        case refused(String)
        /// The network did.
        case failed(String)
    }

    private func shake(_ name: String, _ addresses: [SocketAddress], _ context: NIOSSLContext, verifies: Bool) async -> Outcome {
        let note = CertificateNote()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let done = loop.makePromise(of: Void.self)
        let timer = loop.scheduleTask(in: .nanoseconds(deadline.nanoseconds)) { done.fail(ChannelError.connectTimeout(.zero)) }
        done.futureResult.whenComplete { _ in timer.cancel() }
        let timeout = deadline
        loop.execute {
            Dialling.connect(to: addresses, port: port, on: loop, timeout: timeout) { channel in
                try channel.pipeline.syncOperations.addHandler(
                    verifies ? note.verifying(name, context) : note.believing(name, context))
            }.whenComplete { result in
                switch result {
                case .success(let channel):
                    done.futureResult.whenComplete { _ in channel.close(promise: nil) }
                    do {
                        try channel.pipeline.syncOperations.addHandler(HandshakeWatch(done))
                    } catch {
                        done.fail(error)
                    }
                case .failure(let error): done.fail(error)
                }
            }
        }
        do {
            try await done.futureResult.get()
            return note.certificate.map(Outcome.seen) ?? .refused("it showed none")
        } catch {
            let isOfTLS = error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
            return isOfTLS ? .refused("TLS ended without one") : .failed(Dialling.reason(error))
        }
    }
}

/// Keeps the certificate that a server shows.
private final class CertificateNote: Sendable {
    private let seen = Mutex<SeenCertificate?>(nil)

    var certificate: SeenCertificate? { seen.withLock { $0 } }

    private func keep(_ certificate: NIOSSLCertificate) {
        let certificate = SeenCertificate(certificate)
        seen.withLock { $0 = certificate }
    }

    /// Takes whatever is shown. Nothing is sent to whom it belongs.
    func believing(_ name: String, _ context: NIOSSLContext) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(
            context: context, serverHostname: name,
            customVerificationCallback: { [self] chain, verdict in
                chain.first.map(keep)
                verdict.succeed(chain.isEmpty ? .failed : .certificateVerified)
            })
    }

    /// Takes what the authorities vouch for, and what bears the name itself.
    func verifying(_ name: String, _ context: NIOSSLContext) throws -> NIOSSLClientHandler {
        let check = CertificateName.check(name)
        return try NIOSSLClientHandler._makeSSLClientHandler(
            context: context, serverHostname: name,
            additionalPeerCertificateVerificationCallback: { [self] certificate, channel in
                keep(certificate)
                return check(certificate, channel)
            })
    }
}

/// Waits for the end of a handshake. Confined to its channel's event loop.
private final class HandshakeWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let done: EventLoopPromise<Void>

    init(_ done: EventLoopPromise<Void>) { self.done = done }

    /// The channel is connected already.
    func handlerAdded(context: ChannelHandlerContext) { context.read() }
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
    func channelReadComplete(context: ChannelHandlerContext) { context.read() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { done.succeed() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { done.fail(error) }
    func channelInactive(context: ChannelHandlerContext) { done.fail(ChannelError.eof) }
}
