import Egress
import Model

/// What the operator decided about what tenants are told.
struct NotificationSettings: Hashable, Sendable {
    /// Addresses that are not public and that webhooks may go to all the same, also without TLS.
    var allowed = PrivateGrants()

    init() {}

    /// Reads the key `notifications` of `cloister.yaml`.
    init(_ node: YAMLNode) throws(Problem) {
        var mapping = try node.mapping
        if let node = mapping.take("allow-private") {
            allowed = PrivateGrants(
                try node.sequence.map { (node) throws(Problem) in
                    let text = try node.line(limit: 80)
                    return try node.located { () throws(Problem) in try PrivateGrants.Entry(text) }
                })
        }
        try mapping.finish()
    }
}
