package import Model
package import NIOCore

/// What became of one run of an event.
package struct HookReport: Sendable {
    /// One handler's turn.
    package struct Step: Sendable {
        package enum Outcome: Sendable {
            case done
            /// It was not asked, and why.
            case skipped(String)
            case failed(Problem)
        }

        package let attachment: HookRegistry.Attachment
        package let outcome: Outcome
        package let duration: Duration
        /// What the handler made of the value; nil where nobody wants to know, or where it changed nothing.
        package let change: (before: ByteBuffer, after: ByteBuffer)?
    }

    /// The value at the end.
    package let value: ByteBuffer
    package let steps: [Step]
    /// What ended the run early: a handler that must not fail did.
    package let failure: Problem?
}
