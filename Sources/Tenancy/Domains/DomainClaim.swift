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
    /// What was seen last; nil for nothing yet.
    package internal(set) var certificate: DomainCertificate?
    /// When its certificate was looked at last; nil for never.
    package internal(set) var inspected: Int64?
    /// Why the certificate is not good, or was not to be seen; nil where it is.
    package internal(set) var fault: String?

    /// What keeps it from being in use, of all that is known.
    package var obstacle: String? { reason ?? fault }

    /// Whether a certificate may be made for it though it is not served: its records are there, and the want of a good one is
    /// what it suffers from.
    var mayBeRenewed: Bool { state == .dangling && reason == nil && fault != nil }

    /// After so long what is in use is looked at again.
    static let period: Int64 = 24 * 3_600_000
    /// What is on its way is looked at more often, for so long.
    static let eagerPeriod: Int64 = 10 * 60_000
    static let eagerTime: Int64 = 7 * 86_400_000

    func isDue(at now: Int64) -> Bool {
        guard kind == .custom else { return false }
        let waited = now - (checked ?? 0)
        switch state {
        case .pending, .owned, .routed, .dangling:
            return waited >= (now - since < Self.eagerTime ? Self.eagerPeriod : Self.period)
        case .certified, .active: return waited >= Self.period
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
        switch event {
        case .observed(let seen):
            claim.checked = now
            claim.reason = Self.reason(seen, claim)
        case .inspected(let seen): Self.note(seen, in: &claim, at: now)
        case .served: break
        }
        // Nobody proves a name of ours, and nothing would bring it back.
        if claim.kind == .subdomain, state == .dangling { state = .routed }
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

    private static func note(_ seen: DomainInspection, in claim: inout DomainClaim, at now: Int64) {
        claim.inspected = now
        switch seen {
        case .good(let certificate): (claim.certificate, claim.fault) = (certificate, nil)
        case .bad(let certificate, let why): (claim.certificate, claim.fault) = (certificate, why)
        case .unknown(let why): claim.fault = why
        }
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
