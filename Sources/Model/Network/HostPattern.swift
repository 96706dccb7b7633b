/// What a grant says of hosts: one host, or `*.example.com` for every name below a domain, the domain itself left out.
package enum HostPattern: Hashable, Sendable, CustomStringConvertible {
    case exactly(Host)
    case below(String)

    /// Throws `invalidConfiguration` for what is neither; `*` alone is no pattern, for a grant names whom it trusts.
    package init(_ text: String) throws(Problem) {
        do throws(Problem) {
            guard text.hasPrefix("*.") else {
                self = .exactly(try Host(text))
                return
            }
            guard case .name(let domain) = try Host(name: text.dropFirst(2)) else {
                throw Problem(.invalidInput, "nothing is below an address")
            }
            self = .below(domain)
        } catch {
            throw Problem(
                .invalidConfiguration, "not a host pattern: \(text.prefix(80).debugDescription)",
                hint: "write api.example.com, *.example.com or an address", cause: error.message)
        }
    }

    package func matches(_ host: Host) -> Bool {
        switch (self, host) {
        case (.exactly(let expected), _): expected == host
        case (.below(let domain), .name(let name)): name.hasSuffix("." + domain)
        case (.below, .address): false
        }
    }

    /// Whether every host that `other` matches is matched by this pattern too.
    package func covers(_ other: HostPattern) -> Bool {
        switch (self, other) {
        case (_, .exactly(let host)): matches(host)
        case (.below(let domain), .below(let inner)): inner == domain || inner.hasSuffix("." + domain)
        case (.exactly, .below): false
        }
    }

    /// In canonical form; reads back as the same pattern.
    package var description: String {
        switch self {
        case .exactly(let host): "\(host)"
        case .below(let domain): "*.\(domain)"
        }
    }
}
