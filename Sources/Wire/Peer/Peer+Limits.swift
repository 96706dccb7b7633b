package import NIOCore

extension Peer {
    /// How much of everything a connection may hold. No other side can make it hold more.
    package struct Limits: Sendable {
        /// The longest line in either direction, in bytes without its `\n`.
        package var lineBytes = 8 << 20
        /// Calls of ours that wait for their answers; also how many abandoned ones are remembered.
        package var inFlight = 1024
        /// Requests of the other side that are not answered; reading stops above it.
        package var inboundRequests = 64
        /// The bytes of those requests; reading stops above it.
        package var inboundBytes = 16 << 20
        /// Bytes queued to the other side. Calls fail above it; reading stops where answers alone are half of it.
        package var outboundBytes = 16 << 20
        /// So many violations within `strikeWindow` end the connection.
        package var strikes = 3
        package var strikeWindow = TimeAmount.seconds(60)
        /// So many of them end it before `settle` is called; nil makes no difference between the two.
        package var openingStrikes: Int?

        package init() {}
    }

    /// What a peer tells its owner, always on its event loop. Released when the connection ends, after `closed`.
    package struct Handlers {
        /// The other side asks. Must be answered exactly once, at any time and from any thread.
        package var request: (InboundRequest) -> Void
        package var notification: (_ method: String, _ parameters: ByteBuffer?) -> Void
        /// A violation that did not end the connection, or is about to.
        package var strike: (ProtocolViolation) -> Void
        /// Called exactly once, after every call in flight has got its answer.
        package var closed: (CloseReason) -> Void

        package init(
            request: @escaping (InboundRequest) -> Void,
            notification: @escaping (_ method: String, _ parameters: ByteBuffer?) -> Void = { _, _ in },
            strike: @escaping (ProtocolViolation) -> Void = { _ in },
            closed: @escaping (CloseReason) -> Void = { _ in }
        ) {
            self.request = request
            self.notification = notification
            self.strike = strike
            self.closed = closed
        }
    }

    /// The notification by which the other side learns that a call was given up, in its own protocol.
    package struct Cancellation: Sendable, Hashable {
        package let method: String
        /// The member that holds the call's identifier.
        package let member: String

        package init(method: String, member: String) {
            self.method = method
            self.member = member
        }

        package static let cloister = Cancellation(method: "cancel", member: "id")
    }

    /// Names a call of ours; unique within its peer.
    package struct CallID: Hashable, Sendable {
        let number: Int64

        /// The identifier on the wire, which progress notifications quote.
        package var messageID: MessageID { .integer(number) }
    }
}
