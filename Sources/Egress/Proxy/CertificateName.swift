import Model
import NIOCore
import NIOSSL

/// Whether a certificate was issued for a name.
///
/// NIOSSL, asked to check a name, also takes a certificate that names the *address* it is connected to. Whoever can
/// forge an answer of DNS has such a certificate for an address of their own; so the name itself must be in it
/// (RFC 6125 section 6.4: exactly, or with `*` as its whole first label).
enum CertificateName {
    /// Speaks TLS with a host: a name must be in its certificate, and so must an address.
    static func handler(for host: Host, _ context: NIOSSLContext) throws -> NIOSSLClientHandler {
        guard case .name(let name) = host else { return try NIOSSLClientHandler(context: context, serverHostname: nil) }
        return try NIOSSLClientHandler._makeSSLClientHandler(
            context: context, serverHostname: name, additionalPeerCertificateVerificationCallback: check(name))
    }

    /// For `NIOSSLClientHandler`: fails the handshake where the certificate does not bear the name.
    static func check(_ name: String) -> @Sendable (NIOSSLCertificate, any Channel) -> EventLoopFuture<Void> {
        { certificate, channel in
            let names = certificate._subjectAlternativeNames().lazy.filter { $0.nameType == .dnsName }
                .map { String(decoding: $0.contents, as: UTF8.self) }
            guard names.contains(where: { covers($0, name) }) else {
                return channel.eventLoop.makeFailedFuture(NIOSSLExtraError.failedToValidateHostname)
            }
            return channel.eventLoop.makeSucceededVoidFuture()
        }
    }

    static func covers(_ pattern: String, _ name: String) -> Bool {
        let (pattern, name) = (pattern.lowercased(), name.lowercased())
        guard pattern.hasPrefix("*.") else { return pattern == name }
        guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return false }
        // A wildcard of a whole top level would cover every name below it.
        return pattern.dropFirst() == name[dot...] && pattern.dropFirst(2).contains(".")
    }
}
