package import Model

/// What a node does: its `type` and the `kind` of its configuration, with what belongs to that kind.
package enum NodeKind: Sendable, Hashable {
    case trigger(Trigger)
    case action(Action)
    case condition(Condition)
    case loop(Loop)

    package enum Trigger: Sendable, Hashable {
        /// By a person or a host application; `form` is the JSON Schema of what they give.
        case manual(form: JSONValue?)
        /// By an event of hooks, where `filter` lets it pass.
        case event(name: String, filter: Template?)
        /// At the times of a schedule.
        case cron(Schedule)
        /// By a message that another service sends over HTTP.
        case webhook(WebhookTrigger)
        /// By what a tool of a plugin newly finds.
        case poll(PollTrigger)
        /// By the end of a run of another workflow.
        case workflow(WorkflowID, RunEnd)
    }

    package enum RunEnd: String, Sendable, CaseIterable {
        case finished, failed
    }

    /// Indirect, for a planner that goes from node to node has many of them at hand.
    package indirect enum Action: Sendable, Hashable {
        /// A tool of a plugin.
        case tool(plugin: PluginID, tool: String, Idempotency)
        /// A jq program over the node's input.
        case transform(Template)
        /// Values that are put together from templates.
        case set(Template)
        /// For so long (`30s`), or until that moment (RFC 3339).
        case wait(Wait)
        case approval(Approval)
        /// A run of another workflow, whose output is the node's.
        case workflow(WorkflowID)
        /// A request to the outside.
        case http(HTTPAction)
        /// A message to people of the tenant.
        case notify(MessageAction)
        /// An action of a connector.
        case connector(ConnectorAction)
        /// An event for hooks.
        case emit(event: String, Idempotency)
        /// Fails with this message.
        case raise(Template)
        /// Brings branches together.
        case join(Join)
        /// An expression over each item of an array.
        case map(items: Template, each: Template)
    }

    package enum Wait: Sendable, Hashable {
        case duration(Template)
        case until(Template)
    }

    package enum Condition: Sendable, Hashable {
        case `if`(Template)
        /// The first case that holds, else the port `default`.
        case `switch`([Case])
        case filter(items: Template, keep: Template)
    }

    package struct Case: Sendable, Hashable {
        package var port: Port
        package var when: Template
    }

    package enum Loop: Sendable, Hashable {
        case forEach(ForEach)
        /// As long as the template gives neither false nor null, and at most `limit` times.
        case `while`(Template, limit: Int)
    }

    package struct ForEach: Sendable, Hashable {
        package var items: Template
        /// Items that one iteration gets together, as an array; one alone where there is none.
        package var batch: Int?
        /// Iterations at once.
        package var concurrency = 1
        /// A failed iteration leaves its error in the output and the others go on.
        package var collectsErrors = false
    }

    /// How branches come together.
    package enum Join: Sendable, Hashable {
        /// All that were taken have arrived.
        case all
        /// The first has; what the others still do has no effect here.
        case any
        /// The first has, and the others are ended.
        case race
        /// So many have.
        case count(Int)
    }

    /// What happens when an effect is made twice.
    package enum Idempotency: String, Sendable, CaseIterable {
        /// The same as when it is made once.
        case idempotent
        /// The plugin makes it once for each key that the engine hands over.
        case keyed
        /// Two effects. It is made again only when a person says so.
        case none
    }
}

/// A decision of people.
package struct Approval: Sendable, Hashable {
    package var title: Template
    /// Persons and roles who may decide.
    package var approvers: [String]
    /// How many must agree.
    package var required = 1
    /// The JSON Schema of what they fill in.
    package var form: JSONValue?
    /// Reminded after each of these spans.
    package var remind: Duration?
    /// Asked too after `escalateAfter`.
    package var escalateTo: [String] = []
    package var escalateAfter: Duration?
    /// After which the port `expired` is taken.
    package var deadline: Duration?
}
