import Egress
import Model

/// What the operator decided about where requests of workflows go.
struct WorkflowDestinations: Hashable, Sendable {
    /// Addresses that are not public and that may be reached all the same, also without TLS.
    var allowed = PrivateGrants()
    /// The only hosts that may be reached; nil for every one.
    var hosts: [HostPattern]?

    init() {}

    /// Takes what belongs here from the key `workflows` of `cloister.yaml`.
    init(_ mapping: inout YAMLMapping) throws(Problem) {
        if let node = mapping.take("allow-private") {
            allowed = PrivateGrants(
                try node.sequence.map { (node) throws(Problem) in
                    let text = try node.line(limit: 80)
                    return try node.located { () throws(Problem) in try PrivateGrants.Entry(text) }
                })
        }
        if let node = mapping.take("hosts") {
            hosts = try node.sequence.map { (node) throws(Problem) -> HostPattern in
                let text = try node.line(limit: 255)
                return try node.located { () throws(Problem) in try HostPattern(text) }
            }
        }
    }

    /// Throws `permissionDenied` for a host that is none of those.
    func check(_ host: Host) throws(Problem) {
        guard let hosts, !hosts.contains(where: { $0.matches(host) }) else { return }
        throw Problem(
            .permissionDenied, "workflows may not reach \(host)", hint: "the operator allows it with `workflows: {hosts: [\(Refusal.yaml(host))]}`")
    }
}
