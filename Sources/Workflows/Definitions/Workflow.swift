package import Model

/// What a workflow does: nodes and the connections between them. A value that was read is whole: every connection leads to
/// a node, no two nodes share a name, and what repeats does so inside a loop.
package struct Workflow: Sendable, Hashable {
    package enum Status: String, Sendable, CaseIterable {
        /// Its triggers start runs.
        case active
        /// Published, but only a person or another workflow starts it.
        case inactive
        /// Never published.
        case draft
    }

    package var id: WorkflowID
    package var name: String
    package var description: String
    package var nodes: [WorkflowNode]
    /// The trigger nodes that start runs; the others stay drawn and do nothing.
    package var triggers: [NodeID]
    package var status: Status
    package var settings: Settings
    package var tests: [WorkflowTest] = []
    /// As it was written, which is what is stored, shown and compared.
    package let source: JSONValue

    /// What holds for a whole run.
    package struct Settings: Sendable, Hashable {
        package var durability: Durability = .checkpointed
        /// From the start to the end of a run, waiting included.
        package var timeout: Duration?
        /// Runs with a failure as their input when a run of this workflow fails.
        package var errorHandler: WorkflowID?
        /// Constant values for its expressions, as `$vars`.
        package var variables: JSONValue = [:]
        /// How many runs are under way at once.
        package var concurrency: Concurrency?
        /// How many runs begin in a time.
        package var throttle: Throttle?
        /// Starts that come shortly after each other become one run.
        package var debounce: Debounce?
    }

    /// So many runs at once, and no more; the others are held, and begin in their order. With a key, so many for each of its
    /// values, which comes from what the run is begun with.
    package struct Concurrency: Sendable, Hashable {
        package var limit: Int
        package var key: Template?

        package static let range = 1...1000
    }

    /// So many runs begin in a time, the first of them at once, and no more; the others begin as soon as they may, in the order in
    /// which they came. With a key, so many for each of its values.
    package struct Throttle: Sendable, Hashable {
        package var limit: Int
        package var period: Duration
        package var key: Template?

        package static let range = 1...100_000
        package static let shortest = Duration.seconds(1)
        package static let longest = Duration.seconds(86_400)
    }

    /// Of starts that come within `quiet` of each other only the last begins a run, `quiet` after it came; however many come, some
    /// begins one `longest` after the first. With a key, those of each of its values by themselves.
    package struct Debounce: Sendable, Hashable {
        package var quiet: Duration
        package var longest: Duration
        package var key: Template?

        package static let shortestQuiet = Duration.milliseconds(100)
        package static let longestQuiet = Duration.seconds(86_400)
        package static let longest = Duration.seconds(7 * 86_400)
        /// Quiet periods after which one begins where the setting names no other time.
        static let patience = 10
    }

    /// What is on disk before a step goes on.
    package enum Durability: String, Sendable, CaseIterable {
        /// Every step's outcome before the next step begins.
        case durable
        /// The intent before every effect, and its outcome; steps that only compute are kept with the next of these.
        case checkpointed
        /// That the run was accepted, what it waits for, and how it ended. A daemon that dies before it waited begins the run again
        /// from its trigger.
        case ephemeral
    }
}
