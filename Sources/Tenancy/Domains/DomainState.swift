/// How far a claim of a domain has come. Stable: the registry and the API name them.
package enum DomainState: String, Sendable, CaseIterable {
    /// Said, and not proved.
    case pending
    /// The token is in DNS.
    case owned
    /// And the name leads here.
    case routed
    /// And a certificate was seen there that is good for it.
    case certified
    /// And somebody was served under it, encrypted.
    case active
    /// It was in use, and its records are gone, or its certificate is good no more: not served until it is looked at again and
    /// the records are there.
    case dangling

    /// Whether requests for the name are the tenant's, and a certificate may be made for it.
    package var isServed: Bool { self == .routed || self == .certified || self == .active }
    /// Whether nobody else can have it meanwhile.
    var isHeld: Bool { isServed || self == .owned }
}

/// What DNS said about a domain.
package struct DomainObservation: Sendable, Hashable {
    /// One thing that was looked for. A server that does not answer says nothing, and changes nothing.
    package enum Finding: Sendable, Hashable {
        case present, absent
        case unknown(String)
    }

    /// The token at the name of the challenge.
    package var proof: Finding
    /// Addresses of ours at the name, and no others.
    package var route: Finding

    package init(proof: Finding, route: Finding) {
        self.proof = proof
        self.route = route
    }
}

extension DomainState {
    package enum Event: Sendable, Hashable {
        case observed(DomainObservation)
        case inspected(DomainInspection)
        /// A request for the name came in over TLS.
        case served
    }

    /// Total. What was in use dangles when a record of it is gone, or when its certificate is good no more; what was not falls
    /// back. What cannot be seen changes nothing.
    package func after(_ event: Event) -> DomainState {
        switch event {
        case .inspected(.good): self == .routed ? .certified : self
        case .inspected(.bad):
            switch self {
            case .certified: .routed
            case .active: .dangling
            case .pending, .owned, .routed, .dangling: self
            }
        case .inspected(.unknown): self
        case .served: self == .certified ? .active : self
        case .observed(let seen):
            switch (self, seen.proof, seen.route) {
            case (_, .unknown, _): self
            case (.certified, .absent, _), (.active, .absent, _), (.dangling, .absent, _): .dangling
            case (.pending, .absent, _), (.owned, .absent, _), (.routed, .absent, _): .pending
            case (.pending, .present, .present), (.owned, .present, .present), (.dangling, .present, .present): .routed
            case (.pending, .present, _), (.routed, .present, .absent): .owned
            case (.certified, .present, .absent), (.active, .present, .absent): .dangling
            case (.owned, .present, _), (.dangling, .present, _), (.routed, .present, _), (.certified, .present, _),
                (.active, .present, _):
                self
            }
        }
    }
}
