import GRDB
package import Model

/// A workflow of a tenant as a list shows it, without its definitions.
package struct WorkflowRecord: Sendable, Hashable {
    package let id: WorkflowID
    package let name: String
    package let description: String
    package let status: Workflow.Status
    /// Rises with each change of the draft.
    package let revision: Int64
    /// What keeps the draft from being published, as far as that was known when it was saved.
    package let faults: Int
    /// The version in force; nil where none was published.
    package let version: Int?
    /// Whether the draft is other than the version in force.
    package let isAhead: Bool
    /// In milliseconds since 1970 (UTC).
    package let created: Int64
    package let createdBy: String
    package let changed: Int64
    package let changedBy: String
    package let lock: EditLock?

    /// Of one tenant.
    package static let most = 1000

    /// All but the definitions, which are large.
    static let columns = """
        id, name, description, status, revision, faults, version, created, createdBy, changed, changedBy, lockHolder, lockExpires,
        draftDigest IS NOT (SELECT digest FROM workflowVersion WHERE workflow = workflow.id AND number = workflow.version) AS ahead
        """

    init(_ row: Row) throws(Problem) {
        guard let id = WorkflowID(rawValue: row["id"]), let status = Workflow.Status(rawValue: row["status"]) else {
            throw Problem(.internalFault, "the database holds a workflow that none can be", hint: "restore it from a backup")
        }
        self.id = id
        self.status = status
        name = row["name"]
        description = row["description"]
        revision = row["revision"]
        faults = row["faults"]
        version = row["version"]
        isAhead = row["ahead"]
        created = row["created"]
        createdBy = row["createdBy"]
        changed = row["changed"]
        changedBy = row["changedBy"]
        let holder: String? = row["lockHolder"]
        let expires: Int64? = row["lockExpires"]
        lock = if let holder, let expires { EditLock(holder: holder, expires: expires) } else { nil }
    }

    static func find(_ id: WorkflowID, _ database: Database) throws -> WorkflowRecord {
        let row = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT \(columns) FROM workflow WHERE id = ?"), arguments: [id.rawValue])
        guard let row else { throw try absent(id, database) }
        return try WorkflowRecord(row)
    }

    static func absent(_ id: WorkflowID, _ database: Database) throws -> Problem {
        let names = try String.fetchAll(database, sql: "SELECT id FROM workflow ORDER BY id")
        return Problem(
            .notFound, "workflow not found: \(id)",
            hint: names.nearest(to: id.rawValue).map { "did you mean \($0)?" } ?? "cloister workflow list shows all")
    }

    /// Refuses where somebody else is editing.
    func checkLock(_ principal: String, at now: Int64) throws(Problem) {
        guard let lock, lock.expires > now, lock.holder != principal else { return }
        let left = Duration.seconds((lock.expires - now + 999) / 1000)
        throw Problem(
            .conflict, "workflow \(id) is being edited by \(lock.holder) for another \(left.text) at most",
            hint: "wait, or take the lock over: cloister workflow lock \(id) --steal")
    }
}

/// Somebody edits; others are refused until the lock ends by itself.
package struct EditLock: Sendable, Hashable {
    package let holder: String
    /// In milliseconds since 1970 (UTC).
    package let expires: Int64
}

/// A part of a list of workflows.
package struct WorkflowPage: Sendable, Hashable {
    package let workflows: [WorkflowRecord]
    /// Where the next part begins; nil on the last one.
    package let next: WorkflowID?
}

/// A workflow with the definition that is being worked on.
package struct WorkflowDraft: Sendable, Hashable {
    package let record: WorkflowRecord
    package let definition: JSONValue
    /// What was wrong with it when it was saved, as `WorkflowFinding.json`.
    package let findings: [JSONValue]
}
