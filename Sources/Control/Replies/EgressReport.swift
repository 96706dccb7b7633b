package import Model

/// What went through the way out of a plugin, or of all plugins, since the daemon started.
package struct EgressReport: Hashable, Sendable {
    package var sentBytes: Int64
    package var receivedBytes: Int64
    /// Requests that were let out.
    package var requests: Int64
    package var refusals: Int64
    /// Open now.
    package var connections: Int64

    package init(sentBytes: Int64, receivedBytes: Int64, requests: Int64, refusals: Int64, connections: Int64) {
        self.sentBytes = sentBytes
        self.receivedBytes = receivedBytes
        self.requests = requests
        self.refusals = refusals
        self.connections = connections
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "egress")
        self.init(
            sentBytes: try reply.integer("sentBytes"), receivedBytes: try reply.integer("receivedBytes"),
            requests: try reply.integer("requests"), refusals: try reply.integer("refusals"),
            connections: try reply.integer("connections"))
    }

    package var json: JSONValue {
        [
            "sentBytes": .integer(sentBytes), "receivedBytes": .integer(receivedBytes), "requests": .integer(requests),
            "refusals": .integer(refusals), "connections": .integer(connections),
        ]
    }
}
