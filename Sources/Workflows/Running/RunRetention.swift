import GRDB
package import Model
import Store

/// How long ended runs are kept. The oldest go first, as soon as one of these limits is passed; one that has not ended, or whose
/// end has still to start something, stays.
package struct RunRetention: Sendable, Hashable {
    /// Since a run's end.
    package var age = Duration.seconds(30 * 86_400)
    /// Of one tenant.
    package var count = 100_000
    /// Of one tenant: inputs, outputs and the steps' records.
    package var size = ByteSize(bytes: 1 << 30)

    package init() {}

    func limit(at now: Int64) -> Int64 { now - age.milliseconds }
}

extension RunQueries {
    /// By how much a tenant's ended runs pass what is kept.
    struct Excess: Sendable {
        var runs: Int
        var bytes: Int64
    }

    /// Runs that one transaction removes.
    static let sweepLimit = 200
    /// No run is larger, whatever its row says.
    private static let mostBytes: Int64 = 1 << 40

    static func excess(_ retention: RunRetention, in database: Database) throws -> Excess {
        let row = try Row.fetchOne(
            database,
            sql: "SELECT count(*) AS runs, ifnull(sum(max(0, min(size, ?))), 0) AS bytes FROM workflowRun WHERE phase = 'over'",
            arguments: [mostBytes])
        let (runs, bytes): (Int, Int64) = (row?["runs"] ?? 0, row?["bytes"] ?? 0)
        return Excess(runs: max(0, runs - retention.count), bytes: max(0, bytes - retention.size.bytes))
    }

    /// Removes some, and says what is left to remove; nil where nothing is.
    static func sweep(_ excess: Excess, endedBefore limit: Int64, in database: Database) throws -> Excess? {
        let oldest = try Row.fetchAll(
            database,
            // Not while the step that started it has still to hear of its end.
            sql: """
                SELECT id, ended, size FROM workflowRun AS ended WHERE phase = 'over' AND NOT isOwing
                    AND NOT EXISTS (SELECT 1 FROM workflowStep AS step WHERE step.run = ended.parentRun AND step."key" = ended.parentStep
                        AND step.state = 'waiting' AND step.attempt = ended.parentAttempt)
                ORDER BY ended, id LIMIT ?
                """, arguments: [sweepLimit])
        var left = excess
        let statement = try database.cachedStatement(sql: "DELETE FROM workflowRun WHERE id = ?")
        var removed = 0
        for row in oldest {
            guard (row["ended"] ?? 0) < limit || left.runs > 0 || left.bytes > 0 else { break }
            try statement.execute(arguments: [row["id"] as String])
            left.runs = max(0, left.runs - 1)
            left.bytes = max(0, left.bytes - max(0, min(row["size"], mostBytes)))
            removed += 1
        }
        guard removed > 0 else { return nil }
        try database.execute(sql: "PRAGMA incremental_vacuum")
        return left
    }

    /// Notes how much is kept of a run that has ended.
    static func weigh(_ id: RunID, in database: Database) throws {
        try database.run(
            """
                UPDATE workflowRun SET size = 400 + length(CAST(input AS BLOB)) + ifnull(length(CAST(output AS BLOB)), 0)
                    + (SELECT ifnull(sum(200 + ifnull(length(CAST(input AS BLOB)), 0) + ifnull(length(CAST(output AS BLOB)), 0)
                        + ifnull(length(CAST(items AS BLOB)), 0) + ifnull(length(CAST(request AS BLOB)), 0)), 0) FROM workflowStep WHERE run = ?1)
                    + ifnull((SELECT length(CAST(arrived AS BLOB)) + length(CAST(nodes AS BLOB)) + ifnull(length(CAST(item AS BLOB)), 0)
                        + ifnull(length(CAST(draft AS BLOB)), 0) FROM workflowLoneNode WHERE run = ?1), 0)
                WHERE id = ?1
                """, [id.rawValue])
    }
}
