import GRDB
import Model
import Store

/// Outputs that are too large to go through a run, or no JSON: they are kept as documents of the tenant's, for as long as a run is
/// there that has come by them.
extension RunDriver {
    /// What an effect gave, small enough to go on: what is not stands as a document, by its identifier.
    func manageable(_ outcome: PlannerEvent.Outcome?, of key: StepKey) async -> PlannerEvent.Outcome? {
        guard case .success(let payload) = outcome, payload.size > Payload.limit else { return outcome }
        do throws(Problem) {
            let reference = try await keep(Array(payload.text.utf8), named: "\(id) \(key.node).json", mediaType: "application/json")
            return .success(.inline(reference.compactText))
        } catch {
            // It happened, and what it gave is gone: whether it may happen again is its author's to say.
            return .lost(
                StepError(error.code.rawValue, "output: larger than \(ByteSize(bytes: Int64(Payload.limit))), and it cannot be kept: \(error)"))
        }
    }

    /// Keeps bytes for this run, and gives what refers to them. That they are kept for it is on disk before the document is, so
    /// none is left behind whatever is killed when.
    func keep(_ bytes: [UInt8], named name: String, mediaType: String? = nil) async throws(Problem) -> JSONValue {
        let (document, tenant) = (DocumentID.random(), surroundings.tenant)
        try await tenant.write { [id] in try KeptPayloads.add(document, of: id, in: $0) }
        return try await surroundings.invoker.keep(bytes, as: document, named: name, mediaType: mediaType, for: tenant.id)
    }
}

enum KeptPayloads {
    static func add(_ document: DocumentID, of run: RunID, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR IGNORE INTO workflowPayload (document, run) VALUES (?, ?)", arguments: [document.rawValue, run.rawValue])
    }

    /// A replay goes on from what the run before it gave.
    static func share(of old: RunID, with new: RunID, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR IGNORE INTO workflowPayload (document, run) SELECT document, ? FROM workflowPayload WHERE run = ?",
            arguments: [new.rawValue, old.rawValue])
    }

    /// A run that ends hands its output to the one that waits for it.
    static func shareWithParent(of run: RunID, in database: Database) throws {
        try database.run(
            """
                INSERT OR IGNORE INTO workflowPayload (document, run) SELECT document, parentRun FROM workflowPayload
                    JOIN workflowRun ON workflowRun.id = workflowPayload.run WHERE workflowRun.id = ? AND parentRun IS NOT NULL
                """, [run.rawValue])
    }

    /// Some that no run needs any more.
    static func orphans(in database: Database) throws -> [String] {
        try String.fetchAll(
            database,
            sql: """
                SELECT document FROM workflowPayload GROUP BY document
                    HAVING sum(EXISTS (SELECT 1 FROM workflowRun WHERE workflowRun.id = run)) = 0 LIMIT 100
                """)
    }

    static func forget(_ documents: [String], in database: Database) throws {
        for document in documents {
            try database.execute(
                sql: """
                    DELETE FROM workflowPayload WHERE document = ? AND NOT EXISTS (SELECT 1 FROM workflowRun WHERE workflowRun.id = run)
                    """, arguments: [document])
        }
    }
}
