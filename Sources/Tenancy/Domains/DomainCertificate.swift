/// The certificate under which a domain is served, as it was seen last.
package struct DomainCertificate: Sendable, Hashable {
    /// In words.
    package let issuer: String
    /// In milliseconds since 1970 (UTC).
    package let validUntil: Int64

    package init(issuer: String, validUntil: Int64) {
        self.issuer = issuer
        self.validUntil = validUntil
    }
}

/// What a look at a domain's certificate found.
package enum DomainInspection: Sendable, Hashable {
    /// It bears the name, is valid now, and somebody who is trusted issued it.
    case good(DomainCertificate)
    /// It does not: why, and what to do about it.
    case bad(DomainCertificate, String)
    /// None was seen, which changes nothing: why.
    case unknown(String)
}
