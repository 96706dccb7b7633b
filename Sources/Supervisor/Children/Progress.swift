import Model
import NIOCore
package import Wire

/// How far a call is that the child works on.
package struct Progress: Sendable, Equatable {
    package let id: MessageID
    package let done: Double?
    package let total: Double?
    package let message: String?
    /// Whether a report counts only when it says more than the one before.
    package let mustRise: Bool

    package init(id: MessageID, done: Double?, total: Double?, message: String?, mustRise: Bool) {
        self.id = id
        self.done = done
        self.total = total
        self.message = message
        self.mustRise = mustRise
    }

    /// Reads the `progress` notification of `cloister/1`. Nil for what is not of that shape; a child is not struck for a progress report that says nothing.
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
        mustRise = false
    }
}
