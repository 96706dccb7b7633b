package import Model

/// A run of one version of a workflow, as it is stored, but for its steps.
package struct Run: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable {
        case running, succeeded, failed, cancelled

        package var isTerminal: Bool { self != .running }
    }

    package let id: RunID
    package let workflow: WorkflowID
    /// The version that it keeps to, whatever is published meanwhile.
    package let version: Int
    /// In place of the number, for what was run of a draft.
    package static let draft = 0
    package let trigger: NodeID
    /// What the trigger gave.
    package let input: Payload
    /// Where it is a run of one node alone: that node. It began at no trigger, and its end starts nothing.
    package var node: NodeID?
    package var state = State.running
    /// Begins no step until a person resumes it. What is under way comes to its end.
    package var isPaused = false
    /// Kept back until another run of its key has ended.
    package var isHeld = false
    /// Whether a step waits for a person to say how it goes on.
    package var needsPerson = false
    package var output: Payload?
    package var error: StepError?
    /// The node that failed it.
    package var failedStep: StepKey?
    /// Milliseconds since 1970.
    package let began: Int64
    package var ended: Int64?
    /// When it is given up.
    package var due: Int64?

    package init(id: RunID, workflow: WorkflowID, version: Int, trigger: NodeID, input: Payload, began: Int64) {
        self.id = id
        self.workflow = workflow
        self.version = version
        self.trigger = trigger
        self.input = input
        self.began = began
    }
}
