import GRDB
package import Model
import Store

extension WorkflowLibrary {
    /// By identifier; `search` is looked for in names and identifiers, whatever its case.
    package func list(
        of tenant: TenantID, search: String? = nil, status: Workflow.Status? = nil, after cursor: WorkflowID? = nil, limit: Int = 50
    ) async throws(Problem) -> WorkflowPage {
        try await store.tenant(tenant).read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT \(WorkflowRecord.columns) FROM workflow
                    WHERE id > ? AND instr(search, ?) > 0 AND status = coalesce(?, status) ORDER BY id LIMIT ?
                    """,
                arguments: [cursor?.rawValue ?? "", search?.lowercased() ?? "", status?.rawValue, limit + 1])
            let page = try rows.prefix(limit).map { try WorkflowRecord($0) }
            return WorkflowPage(workflows: page, next: rows.count > limit ? page.last?.id : nil)
        }
    }

    package func draft(_ id: WorkflowID, of tenant: TenantID) async throws(Problem) -> WorkflowDraft {
        try await store.tenant(tenant).read { try Self.draft(id, $0) }
    }

    static func draft(_ id: WorkflowID, _ database: Database) throws -> WorkflowDraft {
        let record = try WorkflowRecord.find(id, database)
        let row = try Row.fetchOne(database, sql: "SELECT draft, findings FROM workflow WHERE id = ?", arguments: [id.rawValue])
        guard let row else { throw try WorkflowRecord.absent(id, database) }
        let (draft, findings): (String, String) = (row["draft"], row["findings"])
        return WorkflowDraft(
            record: record, definition: try JSONValue.parse(Array(draft.utf8), as: "the draft of workflow \(id)"),
            findings: try JSONValue.parse(Array(findings.utf8), as: "the findings of workflow \(id)").array ?? [])
    }

    /// What a draft is saved for.
    package enum Purpose: Sendable, Hashable {
        /// The workflow must not be there yet.
        case create
        /// It may be there; where a revision is named, it must be there in that one.
        case change(WorkflowID?, revision: Int64?)
    }

    /// Saves a draft, also one that cannot be published yet: what is wrong with it is kept beside it. Only what has no usable
    /// identifier is refused, and what is too large.
    package func save(
        _ definition: JSONValue, for purpose: Purpose, of tenant: TenantID, by author: String
    ) async throws(Problem) -> WorkflowDraft {
        let submission = try DraftSubmission(definition, for: purpose)
        let now = now()
        return try await store.tenant(tenant).write { database in
            let known = try WorkflowRecord.known(submission.id, database)
            try submission.check(against: known, for: purpose, by: author, at: now)
            try submission.store(over: known, by: author, at: now, database)
            return try Self.draft(submission.id, database)
        }
    }

    /// Removes a workflow with its versions. Throws `conflict` where another workflow needs it, unless `isForced`, and where
    /// runs still do.
    package func delete(
        _ id: WorkflowID, of tenant: TenantID, isForced: Bool, by author: String
    ) async throws(Problem) -> WorkflowRecord {
        let now = now()
        return try await store.tenant(tenant).write { database in
            let record = try WorkflowRecord.find(id, database)
            try record.checkLock(author, at: now)
            let users = try String.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT workflow FROM workflowStart WHERE workflow IS NOT ?1 AND (source = ?1 OR target = ?1)
                    ORDER BY workflow LIMIT 11
                    """, arguments: [id.rawValue])
            guard isForced || users.isEmpty else {
                throw Problem(
                    .conflict, "workflow \(id) is used by \(users.prefix(10).joined(separator: ", "))\(users.count > 10 ? " and others" : "")",
                    hint: "change these first, or delete it all the same with --force: their runs will fail there")
            }
            guard try Self.pinned(id, database).isEmpty else {
                throw Problem(.conflict, "workflow \(id) has runs that have not ended", hint: "wait for them, or cancel them")
            }
            try database.execute(sql: "DELETE FROM workflow WHERE id = ?", arguments: [id.rawValue])
            return record
        }
    }

    /// Lets its triggers start runs, or not any more. Throws `conflict` where nothing was published.
    package func setActive(_ id: WorkflowID, of tenant: TenantID, _ isActive: Bool) async throws(Problem) -> WorkflowRecord {
        let now = now()
        return try await store.tenant(tenant).write { database in
            let record = try WorkflowRecord.find(id, database)
            guard let number = record.version else {
                throw Problem(
                    .conflict, "workflow \(id) was never published", hint: "publish it first: cloister workflow publish \(id)")
            }
            let status: Workflow.Status = isActive ? .active : .inactive
            try database.execute(
                sql: "UPDATE workflow SET status = ? WHERE id = ?", arguments: [status.rawValue, id.rawValue])
            // What cannot be read any more can still be put to rest.
            let workflow = isActive ? try Self.workflow(number, of: id, database) : nil
            try Self.setSchedules(of: id, workflow?.schedules ?? [], at: now, database)
            try PollQueries.replace(workflow?.polls ?? [], of: id, at: now, in: database)
            return try WorkflowRecord.find(id, database)
        }
    }
}

extension WorkflowRecord {
    static func known(_ id: WorkflowID, _ database: Database) throws -> WorkflowRecord? {
        try Row.fetchOne(database, sql: "SELECT \(columns) FROM workflow WHERE id = ?", arguments: [id.rawValue])
            .map { try WorkflowRecord($0) }
    }
}
