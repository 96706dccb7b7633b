package import Model
package import NIOCore

/// What the daemon does with requests.
package protocol ControlHandler: Sendable {
    /// Answers one request. Runs in a task of its own, which is cancelled when the client takes the request back or goes.
    ///
    /// The request is legal in the daemon's state as it was when the request came. A thrown `Problem` reaches the client
    /// as it is; anything else becomes an internal fault.
    func handle(
        _ request: ControlRequest, from caller: ControlCaller, stream: ControlStream
    ) async throws -> ControlReply

    /// The connection has ended, and so have its requests: what belongs to it alone, such as documents that were not
    /// uploaded completely, can go.
    func connectionEnded(_ caller: ControlCaller) async
}

/// The result of a request.
package enum ControlReply: Sendable {
    case value(JSONValue)
    /// One JSON text that goes out as it is.
    case raw(ByteBuffer)

    static let empty = ControlReply.value([:])

    package var bytes: ByteBuffer {
        switch self {
        case .value(let value): ByteBuffer(bytes: value.bytes)
        case .raw(let bytes): bytes
        }
    }
}

/// Sends events to the client of one request while the request runs.
package struct ControlStream: Sendable {
    private let sendEvent: @Sendable (JSONValue) async throws -> Void

    package init(_ sendEvent: @escaping @Sendable (JSONValue) async throws -> Void) {
        self.sendEvent = sendEvent
    }

    /// Sends the notification `event`. Waits while the client does not read, so that a slow client holds back what feeds
    /// it instead of filling the daemon's memory. Throws `CancellationError` when the client has gone.
    package func send(_ event: JSONValue) async throws { try await sendEvent(event) }
}
