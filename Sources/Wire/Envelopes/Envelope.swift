package import NIOCore

/// One JSON-RPC 2.0 message. Parameters and results stay the bytes that came: one valid JSON text each, shared, not
/// copied.
package enum Envelope: Sendable, Equatable {
    /// Parameters are an object or an array; absent and null are the same.
    case request(MessageID, method: String, parameters: ByteBuffer?)
    case notification(method: String, parameters: ByteBuffer?)
    case result(MessageID, ByteBuffer)
    /// Without an identifier where the other side could not read which request it answers.
    case failure(MessageID?, RemoteError)

    /// The longest name of a method, in bytes of UTF-8.
    package static let maximumMethodBytes = 128
}
