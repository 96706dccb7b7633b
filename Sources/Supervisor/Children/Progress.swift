import Model
import NIOCore
import Wire

/// The `progress` notification: which call it speaks of, and how far the call is.
struct Progress {
    let id: MessageID
    let done: Double?
    let total: Double?
    let message: String?

    /// Nil for what is not of that shape; a child is not struck for a progress report that says nothing.
    init?(_ parameters: ByteBuffer?) {
        guard let parameters,
            let value = parameters.withUnsafeReadableBytes({ try? JSONValue.parse($0) }),
            let members = value.object
        else { return nil }
        switch members["id"] {
        case .integer(let number): id = .integer(number)
        case .string(let text): id = .string(text)
        default: return nil
        }
        done = members["done"]?.number
        total = members["total"]?.number
        message = members["message"]?.string
    }
}
