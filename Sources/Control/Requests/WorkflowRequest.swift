package import Model

/// What is asked about the definitions of a tenant's workflows.
package enum WorkflowRequest: Hashable, Sendable {
    /// → `{"workflows", "cursor"}`, by identifier
    case list(TenantID, search: String?, status: String?, cursor: WorkflowID?, limit: Int)
    /// → the workflow with its draft and what is wrong with that
    case show(TenantID, WorkflowID)
    /// A workflow that is not there yet. → the workflow
    case create(TenantID, definition: JSONValue)
    /// Another draft; with a revision, in the place of that one. → the workflow
    case save(TenantID, WorkflowID, definition: JSONValue, revision: Int64?)
    /// → the workflow as it was
    case delete(TenantID, WorkflowID, isForced: Bool)
    /// → the version
    case publish(TenantID, WorkflowID, revision: Int64?, note: String?)
    /// The newest first. → `{"versions", "cursor"}`
    case versions(TenantID, WorkflowID, cursor: Int64?, limit: Int)
    /// → the version with its definition
    case version(TenantID, WorkflowID, Int)
    /// From and to a version by its number, `draft` or `published`. → the difference
    case diff(TenantID, WorkflowID, from: String, to: String)
    /// → the version
    case rollback(TenantID, WorkflowID, version: Int, note: String?)
    /// → the workflow
    case activate(TenantID, WorkflowID)
    case deactivate(TenantID, WorkflowID)
    /// → the workflow
    case lock(TenantID, WorkflowID, seconds: Int, isStolen: Bool)
    case unlock(TenantID, WorkflowID, isStolen: Bool)
    /// → `{"text", "stripped"}`
    case export(TenantID, WorkflowID, version: String, format: String)
    /// A file's text, JSON or YAML; with a revision of nil it may take the place of a draft only with `replaces`. → the workflow
    case `import`(TenantID, text: String, replaces: Bool)
    /// Opens a version, the one in force where none is named, to whoever has the link. → the link with its path, which is told
    /// this once
    case share(TenantID, WorkflowID, version: Int?, lasting: Duration?)
    /// The newest first. → `{"links"}`, never what opens them
    case links(TenantID, WorkflowID)
    /// → the link as it was
    case unshare(TenantID, WorkflowID, WorkflowLinkID)
    /// → `{"findings", "isValid"}`
    case validate(TenantID, definition: JSONValue)
    /// Runs of tests, in which no effect is made. → `{"tests", "passed", "failed"}`
    case test(TenantID, TestWish)
    /// → the JSON Schema of definitions
    case schema

    package struct TestWish: Hashable, Sendable {
        /// The one whose definition is tested, in this version: `draft`, `published` or a number.
        package var workflow: WorkflowID?
        package var version = "draft"
        /// In place of a workflow that is saved.
        package var definition: JSONValue?
        /// Of its tests those with these names; all of them without.
        package var names: [String] = []
        /// To be run once, in place of its own.
        package var tests: JSONValue?
        /// Whether the steps are told, and not only the verdicts.
        package var wantsSteps = false

        package init() {}
    }

    /// Bytes of a definition.
    package static let largest = 1 << 20
    package static let mostEntries = 100

    /// A time as durations are written, or in whole days.
    package static func lifetime(_ text: String) -> Duration? {
        guard text.utf8.last == UInt8(ascii: "d") else { return Duration(parsing: text) }
        return UInt16(text.dropLast()).map { .seconds(Int64($0) * 86_400) }
    }

    package var method: ControlMethod {
        switch self {
        case .list: .workflowList
        case .show: .workflowShow
        case .create: .workflowCreate
        case .save: .workflowSave
        case .delete: .workflowDelete
        case .publish: .workflowPublish
        case .versions: .workflowVersions
        case .version: .workflowVersion
        case .diff: .workflowDiff
        case .rollback: .workflowRollback
        case .activate: .workflowActivate
        case .deactivate: .workflowDeactivate
        case .lock: .workflowLock
        case .unlock: .workflowUnlock
        case .export: .workflowExport
        case .import: .workflowImport
        case .share: .workflowShare
        case .links: .workflowLinks
        case .unshare: .workflowUnshare
        case .validate: .workflowValidate
        case .test: .workflowTest
        case .schema: .workflowSchema
        }
    }

    package var tenant: TenantID? {
        switch self {
        case .list(let tenant, _, _, _, _), .show(let tenant, _), .create(let tenant, _), .save(let tenant, _, _, _),
            .delete(let tenant, _, _), .publish(let tenant, _, _, _), .versions(let tenant, _, _, _), .version(let tenant, _, _),
            .diff(let tenant, _, _, _), .rollback(let tenant, _, _, _), .activate(let tenant, _), .deactivate(let tenant, _),
            .lock(let tenant, _, _, _), .unlock(let tenant, _, _), .export(let tenant, _, _, _), .import(let tenant, _, _),
            .share(let tenant, _, _, _), .links(let tenant, _), .unshare(let tenant, _, _), .validate(let tenant, _), .test(let tenant, _):
            tenant
        case .schema: nil
        }
    }

    private var workflow: WorkflowID? {
        switch self {
        case .show(_, let id), .save(_, let id, _, _), .delete(_, let id, _), .publish(_, let id, _, _), .versions(_, let id, _, _),
            .version(_, let id, _), .diff(_, let id, _, _), .rollback(_, let id, _, _), .activate(_, let id), .deactivate(_, let id),
            .lock(_, let id, _, _), .unlock(_, let id, _), .export(_, let id, _, _), .share(_, let id, _, _), .links(_, let id), .unshare(_, let id, _):
            id
        case .create(_, let definition), .validate(_, let definition): definition["id"]?.string.flatMap(WorkflowID.init(rawValue:))
        case .test(_, let wish): wish.workflow ?? wish.definition?["id"]?.string.flatMap(WorkflowID.init(rawValue:))
        case .list, .import, .schema: nil
        }
    }

    /// What it is about, by its name.
    var objectName: String {
        switch self {
        case .rollback(_, let id, let version, _), .share(_, let id, let version?, _): "\(id) \(version)"
        case .unshare(_, let id, let link): "\(id) \(link)"
        default: workflow?.rawValue ?? ""
        }
    }
}
