import Model
import Store
import Synchronization

extension Domains {
    /// Whom a request is for, from the host that it names. Exact: no prefix, no pattern.
    package func residence(of authority: String, isFromHere: Bool) -> Residence {
        guard let settings else { return .house }
        guard let host = Self.host(authority) else { return .unknown }
        if host == settings.base.description || settings.hosts.contains(host) { return .house }
        if let tenant = state.withLock({ $0.served[host] }) { return .tenant(tenant) }
        // What is on this machine itself: the one who makes certificates, monitoring.
        return isFromHere && ["localhost", "127.0.0.1", "[::1]"].contains(host) ? .house : .unknown
    }

    /// Whether a certificate may be made for a name; nil where too many names that nobody has were asked about in this
    /// second. Those that are served are answered in any case: without an answer nobody gets through to them.
    ///
    /// From memory.
    package func allowsCertificate(for text: String) -> Bool? {
        if let settings, text == settings.base.description || settings.hosts.contains(text) { return true }
        guard settings != nil, state.withLock({ $0.served[text] != nil || $0.renewable.contains(text) }) else {
            let second = Moment.now / 1000
            return state.withLock { $0.misses.count(in: second) <= Self.mostMisses ? false : nil }
        }
        return true
    }

    static let mostMisses = 100

    /// Somebody was served under the host, over TLS: then there is a certificate to be looked at.
    package func noteServed(_ authority: String) {
        guard settings != nil, let host = Self.host(authority), let claim = holder(of: host), claim.state != .active else { return }
        let now = Moment.now
        // One at a time for each name, and not with each request; what cannot be written is tried with a later one.
        let isDue = state.withLock { state in
            guard claim.state != .routed || now - (state.looked[claim.name] ?? 0) >= Self.lookPause else { return false }
            guard state.noted.insert(claim.name).inserted else { return false }
            state.looked[claim.name] = now
            return true
        }
        guard isDue else { return }
        Task {
            if claim.state == .routed { try? await inspect(claim) }
            try? await apply(.served, to: claim)
            state.withLock { _ = $0.noted.remove(claim.name) }
        }
    }

    /// Between two looks at a certificate that requests give occasion to, in milliseconds.
    static let lookPause: Int64 = 30_000

    private func holder(of host: String) -> DomainClaim? {
        // Most names are nobody's: told before one is read.
        guard state.withLock({ $0.served[host] != nil }), let name = try? DomainName(host) else { return nil }
        return state.withLock { $0.claims[name] }.flatMap { DomainClaims(claims: $0).holder }
    }

    /// The canonical host of an authority, without its port.
    private static func host(_ authority: String) -> String? {
        var text = authority[...]
        if let colon = text.lastIndex(of: ":"), text[text.index(after: colon)...].utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            text = text[..<colon]
        }
        return (try? Host(authority: text))?.description
    }
}
