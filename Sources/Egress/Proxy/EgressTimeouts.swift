/// How long the proxy waits for others.
package struct EgressTimeouts: Hashable, Sendable {
    /// For a whole request head, and for the first bytes of a tunnel.
    package var head = Duration.seconds(10)
    /// For the first byte of another request on a connection that has had its answer.
    package var betweenRequests = Duration.seconds(15)
    /// For one address to answer.
    package var connect = Duration.seconds(10)
    /// For anything to move.
    package var idle = Duration.seconds(300)

    package init() {}
}
