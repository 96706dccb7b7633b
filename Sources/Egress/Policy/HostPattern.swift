package import Model

/// What a grant says of hosts: one host, or `*.example.com` for every name below a domain, the domain itself left out.
package enum HostPattern: Hashable, Sendable, CustomStringConvertible {
    case exactly(Host)
    case below(String)

    /// Throws `invalidConfiguration` for what is neither; `*` alone is no pattern, for a grant names whom it trusts.
    package init(_ text: String) throws(Problem) {
        do throws(Refusal) {
            guard text.hasPrefix("*.") else {
                self = .exactly(try text.contains(":") && !text.hasPrefix("[") ? Host(authority: "[\(text)]") : Host(authority: text))
                return
            }
            guard case .name(let domain) = try Host(name: text.dropFirst(2)) else {
                throw Refusal(.badTarget, "nothing is below an address")
            }
            self = .below(domain)
        } catch {
            throw Problem(
                .invalidConfiguration, "not a host pattern: \(text.prefix(80).debugDescription)",
                hint: "write api.example.com, *.example.com or an address", cause: error.reason)
        }
    }

    package func matches(_ host: Host) -> Bool {
        switch (self, host) {
        case (.exactly(let expected), _): expected == host
        case (.below(let domain), .name(let name)): name.hasSuffix("." + domain)
        case (.below, .address): false
        }
    }

    package var description: String {
        switch self {
        case .exactly(let host): "\(host)"
        case .below(let domain): "*.\(domain)"
        }
    }
}
