package import Model
package import NIOCore

/// What the other side did that the protocol does not allow, with the beginning of the line it did it in.
///
/// Safe to print and to log: what it quotes comes from at most 200 bytes and holds no control characters.
package struct ProtocolViolation: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// The one violation that ends a connection at once, for nothing can be read behind it.
        case lineTooLong(limit: Int)
        case notJSON(JSONFault)
        /// JSON, but not a JSON-RPC 2.0 message of this protocol; says why.
        case notAMessage(String)
        /// A reply to a call that was never made or was answered before.
        case unknownReply(MessageID)
        /// A request with the identifier of one that is not answered yet.
        case repeatedRequest(MessageID)
        /// What the protocol of this connection does not allow, though JSON-RPC does; says what.
        case forbidden(String)
        /// The stream ended within a line.
        case unfinishedLine
    }

    /// How many bytes of a line are quoted at most.
    package static let quotedBytes = 200

    package let kind: Kind
    /// The beginning of the line; longer than its bytes where characters had to be escaped.
    package let excerpt: String

    package init(_ kind: Kind, quoting line: ByteBuffer) {
        self.kind = kind
        self.excerpt = line.withUnsafeReadableBytes { PrintableText.excerpt(of: $0, limit: Self.quotedBytes) }
    }

    /// The reason alone, without the excerpt.
    package var reason: String {
        switch kind {
        case .lineTooLong(let limit): "a line of more than \(limit) bytes"
        case .notJSON(let fault): "not JSON: \(fault)"
        case .notAMessage(let reason): "not a JSON-RPC 2.0 message: \(reason)"
        case .unknownReply(let id): "a reply to no call: id \(id)"
        case .repeatedRequest(let id): "a request with the id of one that is not answered yet: \(id)"
        case .forbidden(let reason): reason
        case .unfinishedLine: "the stream ended within a line"
        }
    }

    package var description: String { excerpt.isEmpty ? reason : "\(reason): \(excerpt)" }
}
