package import Model

/// What is asked about the runs of a tenant's workflows.
package enum RunRequest: Hashable, Sendable {
    /// Begins a run of the published version, or of one node of some version alone, and waits for its end where `wait` says so. → the run
    case execute(TenantID, WorkflowID, input: JSONValue, Options)
    /// The steps of a run, of the newest one where none is named. → `{"run", "steps"}`; with `follow`, `{}` once the run has
    /// ended, and before that one event for each change of the run or of a step
    case logs(TenantID, WorkflowID, run: RunID?, follow: Bool)
    /// The newest first. → `{"runs", "cursor"}`
    case list(TenantID, Query)
    /// → the run
    case show(TenantID, RunID)
    /// → the run
    case cancel(TenantID, RunID)
    case pause(TenantID, RunID)
    case resume(TenantID, RunID)
    /// Another run, from a node on. → that run
    case replay(TenantID, RunID, from: NodeID, input: JSONValue?, version: Int?)
    /// Others, from where the failed runs of a page failed. → `{"replayed", "cursor"}`
    case replayAll(TenantID, Query, from: NodeID?, version: Int?)
    /// What a person makes of a step whose outcome is unknown. → the run
    case resolve(TenantID, RunID, step: String, outcome: String, output: JSONValue?)
    /// What people are asked to decide, the oldest first. → `{"approvals", "cursor"}`
    case approvals(TenantID, cursor: String?, limit: Int)
    /// → the run
    case decide(TenantID, RunID, step: String, isApproved: Bool, form: JSONValue?)

    /// Which runs.
    package struct Query: Hashable, Sendable {
        package var workflow: WorkflowID?
        package var state: String?
        package var needsPerson = false
        /// Moments as RFC 3339 writes them: begun from one on, and before the other.
        package var since: String?
        package var until: String?
        /// A code of errors.
        package var error: String?
        /// Part of an identifier, an input, an output or an error.
        package var search: String?
        package var cursor: String?
        package var limit = 50

        package init() {}
    }

    package struct Options: Hashable, Sendable {
        /// How long to wait for the end; not at all where there is none.
        package var wait: Duration?
        package var priority = 0
        /// A second run with the same key is not begun.
        package var deduplication: String?
        /// One node is run, and not the workflow.
        package var node: NodeWish?

        package init() {}
    }

    /// A node that is run alone.
    package struct NodeWish: Hashable, Sendable {
        /// Its name; or the name of a step of `from`, where it lies in a loop.
        package var name: String
        /// `draft`, `published` or a number.
        package var version = "published"
        /// The run from which everything is taken that is not given.
        package var from: RunID?
        /// By node, what others gave.
        package var outputs: [String: JSONValue] = [:]

        package init(_ name: String) { self.name = name }
    }

    package static let longestWait = Duration.seconds(60)
    package static let outcomes = ["again", "happened", "failed"]

    package var method: ControlMethod {
        switch self {
        case .execute: .workflowExecute
        case .logs: .workflowLogs
        case .list: .runList
        case .show: .runShow
        case .cancel: .runCancel
        case .pause: .runPause
        case .resume: .runResume
        case .replay: .runReplay
        case .replayAll: .runReplayAll
        case .resolve: .runResolve
        case .approvals: .approvalList
        case .decide: .approvalDecide
        }
    }

    package var tenant: TenantID {
        switch self {
        case .execute(let tenant, _, _, _), .logs(let tenant, _, _, _), .list(let tenant, _), .replayAll(let tenant, _, _, _), .show(let tenant, _),
            .cancel(let tenant, _), .pause(let tenant, _), .resume(let tenant, _), .replay(let tenant, _, _, _, _),
            .resolve(let tenant, _, _, _, _), .approvals(let tenant, _, _), .decide(let tenant, _, _, _, _):
            tenant
        }
    }

    private var run: RunID? {
        switch self {
        case .show(_, let id), .cancel(_, let id), .pause(_, let id), .resume(_, let id), .replay(_, let id, _, _, _),
            .resolve(_, let id, _, _, _), .decide(_, let id, _, _, _):
            id
        case .logs(_, _, let id, _): id
        case .execute, .list, .replayAll, .approvals: nil
        }
    }

    /// What it is about, by its name.
    var objectName: String {
        switch self {
        case .execute(_, let id, _, let options): options.node.map { "\(id) \($0.name)" } ?? id.rawValue
        case .logs(_, let id, _, _): id.rawValue
        case .replayAll(_, let query, _, _): query.workflow?.rawValue ?? ""
        case .resolve(_, let id, let step, _, _), .decide(_, let id, let step, _, _): "\(id) \(step)"
        default: run?.rawValue ?? ""
        }
    }
}
