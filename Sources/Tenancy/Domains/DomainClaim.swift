package import Model

/// One tenant's claim of a domain.
package struct DomainClaim: Sendable, Hashable {
    package enum Kind: String, Sendable {
        /// Below the base domain: ours to give.
        case subdomain
        /// Somebody's own, to be proved.
        case custom
    }

    package let name: DomainName
    package let tenant: TenantID
    package let kind: Kind
    package internal(set) var state: DomainState
    /// What proves the claim: 128 random bits.
    package let token: String
    /// Milliseconds since 1970 (UTC), as the others.
    package let created: Int64
    /// When it came into its state.
    package internal(set) var since: Int64
    /// When DNS was asked last; nil for never.
    package internal(set) var checked: Int64?
    /// Why it has come no further; nil where nothing is missing.
    package internal(set) var reason: String?

    /// After so long what is in use is looked at again.
    static let period: Int64 = 24 * 3_600_000
    /// What is on its way is looked at more often, for so long.
    static let eagerPeriod: Int64 = 10 * 60_000
    static let eagerTime: Int64 = 7 * 86_400_000

    func isDue(at now: Int64) -> Bool {
        guard kind == .custom else { return false }
        let waited = now - (checked ?? 0)
        switch state {
        case .pending, .owned: return waited >= (now - since < Self.eagerTime ? Self.eagerPeriod : Self.period)
        case .routed, .certified, .active, .dangling: return waited >= Self.period
        }
    }
}

/// All claims of one name. At most one of them is held at a time.
struct DomainClaims {
    var claims: [DomainClaim]

    /// Whose requests for the name are.
    var holder: DomainClaim? { claims.first { $0.state.isServed } }

    func claim(of tenant: TenantID) -> DomainClaim? { claims.first { $0.tenant == tenant } }

    /// Lets an event happen to a tenant's claim. One that could be held while another is stays pending: the other's records
    /// must go first. One that becomes held ends those of others that dangle.
    mutating func handle(_ event: DomainState.Event, of tenant: TenantID, at now: Int64) {
        guard let index = claims.firstIndex(where: { $0.tenant == tenant }) else { return }
        var claim = claims[index]
        var state = claim.state.after(event)
        if case .observed(let seen) = event {
            claim.checked = now
            claim.reason = Self.reason(seen, claim)
        }
        if state.isHeld, claims.contains(where: { $0.tenant != tenant && $0.state.isHeld }) {
            state = .pending
            claim.reason = "another tenant holds this domain; it can change hands once that tenant's token is gone from DNS"
        } else if state.isHeld, !claim.state.isHeld {
            for other in claims.indices where claims[other].tenant != tenant && claims[other].state == .dangling {
                claims[other].state = .pending
                claims[other].since = now
                claims[other].reason = "another tenant has proved that it owns this domain"
            }
        }
        if state != claim.state { claim.since = now }
        claim.state = state
        claims[index] = claim
    }

    private static func reason(_ seen: DomainObservation, _ claim: DomainClaim) -> String? {
        switch (seen.proof, seen.route) {
        case (.unknown(let why), _): "the token could not be looked up: \(why)"
        case (.absent, _): "no TXT record \(claim.token) at \(claim.name.challenge)"
        case (.present, .unknown(let why)): "the address could not be looked up: \(why)"
        case (.present, .absent): "\(claim.name) does not lead here"
        case (.present, .present): nil
        }
    }
}
