/// What went wrong, in the one shape that crosses every boundary of the house.
///
/// A problem names its object and its reason in `message`, and in `hint` a way out that the reader can act on.
/// It carries no secret and no content of a document. Each boundary maps it in one place: the wire to a JSON-RPC
/// error, the command line to an exit status, HTTP to an RFC 9457 document.
package struct Problem: Error, Sendable, Equatable {
    /// Stable: clients decide on it, so a case is never renamed.
    package enum Code: String, Sendable, CaseIterable {
        case invalidInput
        case invalidConfiguration
        case notFound
        case conflict
        case permissionDenied
        case quotaExceeded
        case deadlineExceeded
        case cancelled
        case retryLater
        case shuttingDown
        case unreachable
        case unsupported
        case pluginFailed
        case internalFault
    }

    package var code: Code
    /// A lower-case fragment that names the object: `plugin not found: exif`.
    package var message: String
    /// What the reader can do about it.
    package var hint: String?
    /// What lies beneath: an errno, the tail of a child's standard error, another problem's message.
    package var cause: String?
    /// Whole seconds after which the same may go well, where that is known.
    package var wait: Int64?
    /// Whether what was asked for may have been done all the same: nobody heard what came of it.
    package var mayHaveHappened = false

    package init(_ code: Code, _ message: String, hint: String? = nil, cause: String? = nil, wait: Int64? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.cause = cause
        self.wait = wait
    }
}

extension Problem: CustomStringConvertible {
    package var description: String {
        var text = message
        if let cause { text += ": \(cause)" }
        if let hint { text += " (\(hint))" }
        return text
    }
}

extension Problem {
    /// Any error as a problem; what is not one already becomes an internal fault with its description as cause.
    package init(wrapping error: any Error, doing action: String) {
        if let problem = error as? Problem {
            self = problem
        } else {
            self.init(.internalFault, action, cause: String(describing: error))
        }
    }
}
