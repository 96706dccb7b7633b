import Egress
import Model

/// What the operator decided about how people come in.
struct SignInSettings: Hashable, Sendable {
    /// Where people find the house's own pages, as `https://host[:port]`; mails lead there. Nil where nobody said.
    var address: String?
    /// Addresses that are not public and at which tenants' providers may be asked all the same, also without TLS.
    var allowed = PrivateGrants()

    init() {}

    /// Reads the key `sign-in` of `cloister.yaml`.
    init(_ node: YAMLNode) throws(Problem) {
        var mapping = try node.mapping
        if let node = mapping.take("address") { address = try Self.origin(node) }
        if let node = mapping.take("allow-private") {
            allowed = PrivateGrants(
                try node.sequence.map { (node) throws(Problem) in
                    let text = try node.line(limit: 80)
                    return try node.located { () throws(Problem) in try PrivateGrants.Entry(text) }
                })
        }
        try mapping.finish()
    }

    private static func origin(_ node: YAMLNode) throws(Problem) -> String {
        let text = try node.line(limit: 300)
        return try node.located { () throws(Problem) in
            guard text.hasPrefix("https://"), (try? Authority(text.dropFirst(8), defaultPort: 443)) != nil else {
                throw Problem(.invalidInput, "not an address of this host", hint: "as https://cloister.example.com, without a path")
            }
            return text
        }
    }
}
