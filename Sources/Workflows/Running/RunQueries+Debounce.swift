import GRDB
import Model

/// Runs that wait until nothing more comes. One transaction accepts a start and ends the run in whose place it is, so that of
/// each key one waits, whatever is killed on the way, and none is lost unseen.
extension RunQueries {
    /// The time until which such a run waits in the table of runs, beyond all others: `workflowDebounce` has its own.
    static let quiet: Int64 = 1 << 52
    /// Runs that one transaction lets begin.
    static let quietLimit = 500

    /// Has a run that was just inserted wait, and ends the one that waited before it. Which that is, with its origin, comes back.
    static func debounce(_ run: Run, _ origin: RunOrigin, _ debounce: RunOrigin.Debounce, in database: Database) throws -> (Run, RunOrigin)? {
        let before = try Row.fetchOne(
            database,
            sql: """
                SELECT workflowRun.*, latest FROM workflowDebounce JOIN workflowRun ON id = run
                    WHERE "key" = ? AND phase = 'held' AND state = 'running'
                """, arguments: [debounce.key])
        var latest = run.began + debounce.longest
        var superseded: (Run, RunOrigin)?
        if let before {
            // A clock that was set back makes nobody wait for longer than it says.
            latest = min(latest, before["latest"])
            let error = StepError(StepError.supersededCode, "run \(run.id) came later and took its place")
            let old = try Run(before)
            superseded = (
                try old.close(.cancelled, error, at: run.began, isOwing: false, in: database), try Self.origin(old.id, in: database)
            )
        }
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO workflowDebounce ("key", run, due, latest, throttle, throttleInterval, throttleBurst)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                debounce.key, run.id.rawValue, min(run.began + debounce.quiet, latest), latest, origin.throttle?.key,
                origin.throttle?.interval, origin.throttle?.burst,
            ])
        return superseded
    }

    static func hasDebounced(dueAt now: Int64, in database: Database) throws -> Bool {
        try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM workflowDebounce WHERE due <= ?)", arguments: [now]) ?? false
    }

    /// Lets those begin after which nothing more came for long enough, where they have a token and a place; so many at once, the
    /// earliest first. Returns how many.
    @discardableResult
    static func releaseDebounced(at now: Int64, in database: Database) throws -> Int {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT workflowDebounce.*, phase, concurrency, concurrencyLimit FROM workflowDebounce JOIN workflowRun ON id = run
                    WHERE workflowDebounce.due <= ? ORDER BY workflowDebounce.due, "key" LIMIT ?
                """, arguments: [now, quietLimit])
        var count = 0
        for row in rows {
            try database.execute(sql: #"DELETE FROM workflowDebounce WHERE "key" = ?"#, arguments: [row["key"] as String])
            guard row["phase"] == RunPhase.held.rawValue else { continue }
            var (wake, bucket): (Int64?, RunOrigin.Throttle?)
            if let key = row["throttle"] as String?, let interval = row["throttleInterval"] as Int64?, let burst = row["throttleBurst"] as Int? {
                let throttle = RunOrigin.Throttle(key: key, interval: interval, burst: burst)
                wake = try reserve(throttle, at: now, in: database)
                if wake != nil { bucket = throttle }
            }
            var isHeld = wake != nil
            if !isHeld, let key = row["concurrency"] as String?, let limit = row["concurrencyLimit"] as Int? {
                isHeld = try room(RunOrigin.Concurrency(key: key, limit: limit), in: database) == 0
            }
            try database.execute(
                sql: "UPDATE workflowRun SET phase = ?, wake = ?, bucket = ?, bucketInterval = ? WHERE id = ? AND phase = 'held'",
                arguments: [
                    isHeld ? RunPhase.held.rawValue : RunPhase.queued.rawValue, wake, bucket?.key, bucket?.interval, row["run"] as String,
                ])
            count += 1
        }
        return count
    }
}
