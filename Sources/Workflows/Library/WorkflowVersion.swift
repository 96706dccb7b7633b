import GRDB
package import Model

/// A definition that was published. It never changes.
package struct WorkflowVersion: Sendable, Hashable {
    package let workflow: WorkflowID
    /// From 1, without gaps where none was removed.
    package let number: Int
    /// The SHA-256 of the definition as compact JSON, as in `sha256:…`.
    package let digest: String
    package let author: String
    package let note: String?
    /// In milliseconds since 1970 (UTC).
    package let published: Int64

    /// Kept of one workflow, besides those that runs still need.
    package static let most = 100
    /// Bytes of a note.
    package static let noteLimit = 500

    static let columns = "workflow, number, digest, author, note, published"

    init(_ row: Row) throws(Problem) {
        guard let workflow = WorkflowID(rawValue: row["workflow"]) else {
            throw Problem(.internalFault, "the database holds a version of a workflow that none can be", hint: "restore it from a backup")
        }
        self.workflow = workflow
        number = row["number"]
        digest = row["digest"]
        author = row["author"]
        note = row["note"]
        published = row["published"]
    }

    static func find(_ number: Int, of id: WorkflowID, _ database: Database) throws -> WorkflowVersion {
        let row = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT \(columns) FROM workflowVersion WHERE workflow = ? AND number = ?"),
            arguments: [id.rawValue, number])
        guard let row else {
            let record = try WorkflowRecord.find(id, database)
            throw Problem(
                .notFound, "workflow \(id) has no version \(number)",
                hint: record.version == nil
                    ? "it was never published: cloister workflow publish \(id)" : "cloister workflow versions \(id) lists them")
        }
        return try WorkflowVersion(row)
    }

    /// Its definition as it was published.
    static func definition(_ number: Int, of id: WorkflowID, _ database: Database) throws -> JSONValue {
        let text = try String.fetchOne(
            database, sql: "SELECT definition FROM workflowVersion WHERE workflow = ? AND number = ?",
            arguments: [id.rawValue, number])
        guard let text else {
            _ = try find(number, of: id, database)
            throw Problem(.internalFault, "version \(number) of workflow \(id) has no definition")
        }
        return try JSONValue.parse(Array(text.utf8), as: "version \(number) of workflow \(id)")
    }
}
