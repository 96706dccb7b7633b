import GRDB
package import Model
import Store

extension WorkflowLibrary {
    /// Makes the draft the next version, which is in force from then on. A draft that is the version in force already makes
    /// none: that version is the answer.
    ///
    /// Throws every finding at once where it does not validate. Where a revision is named, the draft must be in that one. A
    /// workflow that is published for the first time is inactive: nothing starts it by itself until it is activated.
    package func publish(
        _ id: WorkflowID, of tenant: TenantID, revision: Int64? = nil, note: String? = nil, by author: String
    ) async throws(Problem) -> WorkflowVersion {
        let draft = try await draft(id, of: tenant)
        let expected = revision ?? draft.record.revision
        return try await publish(draft.definition, note: note, of: tenant, by: author) { (record, _) throws in
            guard record.revision == expected else {
                throw Problem(
                    .conflict, "workflow \(id) is in revision \(record.revision), not \(expected)",
                    hint: "somebody has changed it: look at it again")
            }
        }
    }

    /// Publishes an earlier version once more. A draft that is the version in force follows; one that is ahead of it stays.
    package func rollBack(
        _ id: WorkflowID, of tenant: TenantID, to number: Int, note: String? = nil, by author: String
    ) async throws(Problem) -> WorkflowVersion {
        let definition = try await store.tenant(tenant).read { try WorkflowVersion.definition(number, of: id, $0) }
        let now = now()
        return try await publish(definition, note: note ?? "as version \(number)", of: tenant, by: author) { (record, database) throws in
            guard !record.isAhead else { return }
            let submission = try DraftSubmission(definition, for: .change(id, revision: nil))
            try submission.store(over: record, by: author, at: now, database)
        }
    }

    private func publish(
        _ definition: JSONValue, note: String?, of tenant: TenantID, by author: String,
        prepare: @escaping @Sendable (WorkflowRecord, Database) throws -> Void
    ) async throws(Problem) -> WorkflowVersion {
        if let note { try Self.check(note: note) }
        let workflow: Workflow
        do throws(WorkflowFindings) {
            workflow = try Workflow(reading: definition)
        } catch {
            throw error.problem
        }
        let findings = try await outerFindings(workflow, tenant)
        let now = now()
        return try await store.tenant(tenant).write { database in
            var findings = findings
            let starts = WorkflowStarts(workflow)
            // Here, where no other can be published or removed meanwhile.
            findings.add(try starts.findings(database, circles: true))
            guard findings.isEmpty else { throw findings.problem }
            let record = try WorkflowRecord.find(workflow.id, database)
            try record.checkLock(author, at: now)
            try prepare(record, database)
            let edition = Edition(workflow, note: note, author: author, at: now)
            if let number = record.version {
                let current = try WorkflowVersion.find(number, of: record.id, database)
                if current.digest == edition.digest { return current }
            }
            try edition.store(keeping: try Self.pinned(record.id, database), database)
            try starts.store(database)
            try Self.setSchedules(of: record.id, record.status == .active ? workflow.schedules : [], at: now, database)
            try PollQueries.replace(record.status == .active ? workflow.polls : [], of: record.id, at: now, in: database)
            return try WorkflowVersion.find(try WorkflowRecord.find(record.id, database).version ?? 0, of: record.id, database)
        }
    }

    private static func check(note: String) throws(Problem) {
        guard note.utf8.count <= WorkflowVersion.noteLimit,
            !note.unicodeScalars.contains(where: { $0.isControl && $0 != "\n" })
        else {
            throw Problem(.invalidInput, "/note: longer than \(WorkflowVersion.noteLimit) bytes, or with control characters")
        }
    }

    /// The newest first; `cursor` is the last number of the page before.
    package func versions(
        of id: WorkflowID, in tenant: TenantID, before cursor: Int? = nil, limit: Int = 50
    ) async throws(Problem) -> (versions: [WorkflowVersion], next: Int?) {
        try await store.tenant(tenant).read { database in
            _ = try WorkflowRecord.find(id, database)
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT \(WorkflowVersion.columns) FROM workflowVersion WHERE workflow = ? AND number < ?
                    ORDER BY number DESC LIMIT ?
                    """, arguments: [id.rawValue, cursor ?? .max, limit + 1])
            let page = try rows.prefix(limit).map { try WorkflowVersion($0) }
            return (page, rows.count > limit ? page.last?.number : nil)
        }
    }

    /// A version with its definition.
    package func edition(
        _ number: Int, of id: WorkflowID, in tenant: TenantID
    ) async throws(Problem) -> (version: WorkflowVersion, definition: JSONValue) {
        try await store.tenant(tenant).read { database in
            (try WorkflowVersion.find(number, of: id, database), try WorkflowVersion.definition(number, of: id, database))
        }
    }
}

/// A version about to be.
private struct Edition: Sendable {
    let workflow: Workflow
    let note: String?
    let author: String
    let time: Int64
    let text: String
    let digest: String

    init(_ workflow: Workflow, note: String?, author: String, at time: Int64) {
        self.workflow = workflow
        self.note = note
        self.author = author
        self.time = time
        let bytes = workflow.source.bytes
        text = String(decoding: bytes, as: UTF8.self)
        digest = WorkflowLibrary.digest(bytes)
    }

    /// Writes it with the next number and puts it in force. What is beyond the versions that are kept goes, the oldest
    /// first, but for those that something still needs.
    func store(keeping pinned: Set<Int>, _ database: Database) throws {
        let id = workflow.id.rawValue
        try database.execute(
            sql: """
                INSERT INTO workflowVersion (workflow, number, digest, author, note, published, definition)
                SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5, ?6 FROM workflowVersion WHERE workflow = ?1
                """, arguments: [id, digest, author, note, time, text])
        try database.execute(
            sql: """
                UPDATE workflow SET version = (SELECT max(number) FROM workflowVersion WHERE workflow = ?1),
                    status = iif(status = 'draft', 'inactive', status) WHERE id = ?1
                """, arguments: [id])
        let old = try Int.fetchAll(
            database, sql: "SELECT number FROM workflowVersion WHERE workflow = ? ORDER BY number DESC LIMIT -1 OFFSET ?",
            arguments: [id, WorkflowVersion.most])
        for number in old where !pinned.contains(number) {
            try database.execute(
                sql: "DELETE FROM workflowVersion WHERE workflow = ? AND number = ?", arguments: [id, number])
        }
    }
}
