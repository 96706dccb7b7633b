package import Model

/// What one plugin of one tenant may move through its way out; nil is unlimited.
package struct EgressLimits: Hashable, Sendable {
    /// Bytes in a second, both ways together.
    package var rate: ByteSize?
    /// Bytes in a day (UTC), both ways together.
    package var volume: ByteSize?
    /// Requests and tunnels in a day (UTC).
    package var requests: Int?
    /// Connections open at once.
    package var connections: Int

    package init(rate: ByteSize? = nil, volume: ByteSize? = nil, requests: Int? = nil, connections: Int = 64) {
        self.rate = rate
        self.volume = volume
        self.requests = requests
        self.connections = connections
    }
}
