/// What a plugin of a tenant has moved since the daemon started.
package struct EgressUsage: Hashable, Sendable {
    /// Bytes to the outside.
    package var sent: Int64 = 0
    /// Bytes from the outside.
    package var received: Int64 = 0
    /// Requests that were let out.
    package var requests: Int64 = 0
    package var refusals: Int64 = 0
    /// Open now.
    package var connections = 0

    package init() {}

    package static func + (left: EgressUsage, right: EgressUsage) -> EgressUsage {
        var sum = left
        sum.sent += right.sent
        sum.received += right.received
        sum.requests += right.requests
        sum.refusals += right.refusals
        sum.connections += right.connections
        return sum
    }
}
