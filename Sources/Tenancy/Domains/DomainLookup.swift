package import Model

/// What domains ask of DNS, and of whoever serves them. The composition root supplies it.
package protocol DomainLookup: Sendable {
    /// The TXT records of a name, each as one text.
    func texts(at name: String) async -> DomainRecords<String>
    /// The addresses of a name, of both versions, aliases followed.
    func addresses(of name: String) async -> DomainRecords<Address>
    /// Looks at the certificate that is shown under a name at one of these addresses.
    func certificate(of name: String, at addresses: [Address], now: Int64) async -> DomainInspection
}

/// An answer of DNS. That there is nothing is one; silence is none.
package enum DomainRecords<Record: Sendable & Hashable>: Sendable, Hashable {
    case found([Record])
    case absent
    case failed(String)
}

extension DomainObservation {
    /// Looks at a claim's records. `ours` are the addresses at which this host is reached: the domain leads here when it has
    /// some, and no other.
    static func of(_ claim: DomainClaim, ours: DomainRecords<Address>, _ lookup: any DomainLookup) async -> DomainObservation {
        async let texts = lookup.texts(at: claim.name.challenge)
        async let addresses = lookup.addresses(of: claim.name.description)
        let proof: Finding =
            switch await texts {
            case .found(let texts): texts.contains(claim.token) ? .present : .absent
            case .absent: .absent
            case .failed(let why): .unknown(why)
            }
        let route: Finding =
            switch (await addresses, ours) {
            case (.absent, _): .absent
            case (.failed(let why), _): .unknown(why)
            case (.found, .failed(let why)): .unknown("our own address: \(why)")
            case (.found, .absent): .unknown("our own address is not known")
            case (.found(let theirs), .found(let ours)): Set(theirs).isSubset(of: ours) && !theirs.isEmpty ? .present : .absent
            }
        return DomainObservation(proof: proof, route: route)
    }
}
