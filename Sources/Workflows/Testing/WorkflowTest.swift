package import Model

/// A test that is kept with a workflow: what begins a run, what its effects come to, and how it must end.
package struct WorkflowTest: Sendable, Hashable {
    package var name: String
    /// The trigger node; the first of the workflow's triggers where there is none.
    package var trigger: NodeID?
    /// What the trigger gives.
    package var input = JSONValue.object([:])
    /// When the run begins, in milliseconds since 1970.
    package var began = Self.usualBeginning
    package var mocks: [NodeID: Mock] = [:]
    /// Outputs of nodes that are not worked out.
    package var pins: [NodeID: JSONValue] = [:]
    package var extent = Extent.whole
    package var expectation = Expectation()

    /// 1 January 2026 in UTC: always the same, so that what is made of it is, too.
    package static let usualBeginning: Int64 = 1_767_225_600_000
    /// Tests of one workflow.
    package static let most = 50
    /// Steps of which one test expects something.
    static let mostSteps = 500

    package init(name: String) { self.name = name }

    /// What the effect of a node comes to.
    package enum Mock: Sendable, Hashable {
        /// One for each attempt, whichever step of the node it belongs to; the last one stays.
        case outcomes([Outcome])
        /// Of an approval.
        case decisions([Decision])
    }

    package struct Outcome: Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            /// With expressions over what the node was given.
            case output(Template)
            case error(StepError)
            /// Nobody hears what became of it.
            case lost
        }

        package var kind: Kind
        /// After the attempt began.
        package var after: Duration
    }

    package struct Decision: Sendable, Hashable {
        package var person: String
        package var isApproved: Bool
        package var form: JSONValue?
        /// After people were asked.
        package var after: Duration
    }

    /// How much of the workflow runs.
    package enum Extent: Sendable, Hashable {
        case whole
        /// What leads to a node, and the node.
        case until(NodeID)
        /// One node, with the test's input as what comes to it.
        case only(NodeID)
    }

    package enum Ending: String, Sendable, CaseIterable {
        case succeeded, failed
        /// For a person whom the test does not let decide.
        case waiting
        /// At the node where it was to stop.
        case stopped
    }

    package struct Expectation: Sendable, Hashable {
        package var status: Ending?
        package var output: JSONValue?
        package var errorCode: String?
        package var errorNode: NodeID?
        package var steps: [StepKey: StepExpectation] = [:]
    }

    package struct StepExpectation: Sendable, Hashable {
        /// nil where it need not have been reached, or must not.
        package var state: Step.State?
        package var isUnreached = false
        package var input: JSONValue?
        package var output: JSONValue?
        /// What it would have sent.
        package var request: JSONValue?
        package var port: String?
        package var attempts: Int?
    }
}
