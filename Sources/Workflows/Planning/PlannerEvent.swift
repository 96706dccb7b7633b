package import Model

/// What happens to a run.
package enum PlannerEvent: Sendable, Hashable {
    case started
    /// What a question about a step came to.
    case answered(StepKey, Question.Stage, Result<Answers, StepError>)
    /// A step has its slot.
    case granted(StepKey)
    /// What an attempt came to. One of an attempt that is over changes nothing.
    case returned(StepKey, attempt: Int, Outcome)
    /// The clock has moved; some steps may be due.
    case tick
    case decided(StepKey, Step.Decision)
    /// What a person makes of a step whose outcome is unknown, or that died too often.
    case resolved(StepKey, Resolution)
    case cancelled
    case paused
    case resumed
    /// A daemon has read the run from disk. What was under way when the last one died is not any more.
    case recovered

    package enum Outcome: Sendable, Hashable {
        case success(Payload)
        /// It did not happen, or says itself that it failed.
        case failure(StepError)
        /// Nobody can say whether it happened.
        case lost(StepError)
    }

    package enum Resolution: Sendable, Hashable {
        /// It did not happen, or may happen twice.
        case again
        case happened(Payload)
        case failed
    }
}

/// What the engine asks an evaluator about a step.
package struct Question: Sendable, Hashable {
    package enum Stage: String, Sendable {
        /// Whether the step runs, and its input.
        case input
        /// What its kind needs, with the input at hand.
        case work
        /// Its output, from what its effect gave.
        case output
        /// The items of a loop again, after a restart.
        case items
    }

    /// What a template is for, and with it the form of its answer.
    package enum Site: Hashable, Sendable {
        case runs
        case input
        case output
        /// Of an `if` or a `while`.
        case holds
        case `case`(Int)
        case items
        /// What a step gives that only computes, or what one that reaches out sends.
        case result
        /// A duration, a moment, a message or a title.
        case text
    }

    package var stage: Stage
    package var templates: [Site: Template]
    /// What the programs get as `.`.
    package var input: Payload
    /// `$nodes`: the outputs that the programs read.
    package var nodes: [NodeID: Payload] = [:]
    /// `$item` and `$index` within a loop.
    package var item: Payload?
    package var index: Int?
}

/// The answers to a question, each in the form of its site.
package struct Answers: Sendable, Hashable {
    package var flags: [Question.Site: Bool] = [:]
    package var payloads: [Question.Site: Payload] = [:]
    package var texts: [Question.Site: String] = [:]
    package var items: [Payload]?

    package init() {}
}

/// What is to be done for a run, in this order, once what changed is as safe as its durability asks.
package enum Effect: Sendable, Hashable {
    case evaluate(StepKey, Question)
    /// The step wants a slot.
    case queue(StepKey)
    /// Only after the step's intent is on disk.
    case invoke(StepKey, attempt: Int, Call)
    /// What is under way for the step is of no use any more.
    case abort(StepKey, attempt: Int)
    case remind(StepKey, [String])
    case finish
}

/// An effect of a step.
package indirect enum Call: Sendable, Hashable {
    case tool(plugin: PluginID, tool: String, input: Payload)
    case emit(event: String, input: Payload)
    /// A request that has to be over within `timeout`, as `HTTPAction.form` worked it out.
    case http(HTTPAction, request: Payload, timeout: Duration)
    /// A message as `MessageAction.form` worked it out.
    case notify(MessageAction, message: Payload)
    case connector(ConnectorAction, input: Payload)
    /// A run of another workflow.
    case workflow(WorkflowID, input: Payload)
    /// People are asked.
    case approval(title: String, Approval)
}
