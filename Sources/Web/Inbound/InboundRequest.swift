package import Model
package import NIOCore

/// A message for a workflow, as it came.
package struct InboundRequest: Sendable {
    package let workflow: WorkflowID
    /// Its trigger.
    package let trigger: NodeID
    /// Names in lower case, in the order in which they came.
    package let headers: [(name: String, value: String)]
    package let query: [String: String]
    package let body: [UInt8]
}

/// What became of a message.
package enum InboundOpening: Sendable {
    /// Nothing is there that could take it; why is not for whoever sent it.
    case unknown
    case refused(InboundFault)
    case open(InboundDelivery)
}

package enum InboundFault: Sendable, Hashable {
    case wrongSignature
    case stale
    case unsupportedMediaType
    case malformedBody(String)
    case tooLarge
}

/// The right to begin a run with a message.
package struct InboundDelivery: Sendable {
    package struct Receipt: Sendable {
        package let run: RunID
        /// False where the same message began it before.
        package let isNew: Bool
        /// What the sender calls the message.
        package let name: String?

        package init(run: RunID, isNew: Bool, name: String?) {
            self.run = run
            self.isNew = isNew
            self.name = name
        }
    }

    /// What a run came to.
    package enum End: Sendable {
        case succeeded(ByteBuffer)
        case failed
        case underWay
    }

    /// Whether what proves the message is a text that somebody may try to guess.
    package let isGuessable: Bool
    /// How long the sender waits for the run's end; nil where it does not.
    package let wait: Duration?
    /// On disk when this returns.
    package let begin: @Sendable () async throws(Problem) -> Receipt
    package let end: @Sendable (RunID, _ limit: Duration) async throws(Problem) -> End

    package init(
        isGuessable: Bool, wait: Duration?, begin: @escaping @Sendable () async throws(Problem) -> Receipt,
        end: @escaping @Sendable (RunID, _ limit: Duration) async throws(Problem) -> End
    ) {
        self.isGuessable = isGuessable
        self.wait = wait
        self.begin = begin
        self.end = end
    }
}
