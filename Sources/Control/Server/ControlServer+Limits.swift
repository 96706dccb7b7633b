package import Wire

extension ControlServer {
    /// What one client, or all of them together, may occupy.
    package struct Limits: Sendable {
        /// Connections at once; the next one is told so.
        package var connections = 64
        /// How many of those that are too many are answered at once; beyond that they are closed without a word.
        package var turnedAway = 16
        /// A connection without a request in flight and without a byte for so long is closed.
        package var idle = Duration.seconds(300)
        package var peer = Peer.Limits()

        package init() {}
    }
}
