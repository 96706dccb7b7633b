import Model
import NIOSSL

/// What a server's certificate says of itself.
package struct SeenCertificate: Sendable, Hashable {
    /// Who issued it, in words: `R11 (Let's Encrypt)`.
    package let issuer: String
    /// The names of hosts that it bears.
    package let names: [String]
    /// Milliseconds since 1970 (UTC), as the other.
    package let validFrom: Int64
    package let validUntil: Int64

    init(_ certificate: NIOSSLCertificate) {
        issuer = (try? certificate.toDERBytes()).flatMap(CertificateIssuer.text) ?? "an unnamed authority"
        names = certificate._subjectAlternativeNames().lazy.filter { $0.nameType == .dnsName }.prefix(100)
            .map { String(decoding: $0.contents, as: UTF8.self) }
        validFrom = Int64(certificate.notValidBefore) * 1000
        validUntil = Int64(certificate.notValidAfter) * 1000
    }
}

/// What became of a look at the certificate under which a name is served.
package enum CertificateFinding: Sendable, Hashable {
    /// It bears the name, is valid now, and leads to an authority that is trusted.
    case good(SeenCertificate)
    /// It does not: why, and what to do.
    case bad(SeenCertificate, String)
    /// There was none to be seen, which says nothing of the one that there may be.
    case unknown(String)
}
