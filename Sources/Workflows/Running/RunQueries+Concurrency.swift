import GRDB
import Model

/// Runs that share a number of places.
extension RunQueries {
    /// Places that nobody has. Whoever was begun and has not ended has one, paused and waiting ones too.
    static func room(_ concurrency: RunOrigin.Concurrency, in database: Database) throws -> Int {
        let taken = try Int.fetchOne(
            database,
            sql: """
                SELECT count(*) FROM (SELECT 1 FROM workflowRun
                    WHERE concurrency = ? AND phase <> 'over' AND phase IN ('queued', 'live', 'waiting') LIMIT ?)
                """, arguments: [concurrency.key, concurrency.limit])
        let count = taken ?? 0
        return concurrency.limit > count ? concurrency.limit - count : 0
    }

    /// A run has ended: those that were held for it, first by priority and then by age, have their turn.
    static func makeRoom(behind id: RunID, in database: Database) throws {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT concurrency, concurrencyLimit FROM workflowRun WHERE id = ? AND concurrency IS NOT NULL"),
            arguments: [id.rawValue])
        guard let row, let key = row["concurrency"] as String?, let limit = row["concurrencyLimit"] as Int? else { return }
        try makeRoom(key, limit, in: database)
    }

    /// As behind each run that has ended: others may be gone without a trace.
    static func makeRoomEverywhere(in database: Database) throws {
        let held = try Row.fetchAll(
            database,
            sql: """
                SELECT concurrency, max(concurrencyLimit) AS places FROM workflowRun
                    WHERE concurrency IS NOT NULL AND phase <> 'over' AND phase = 'held' GROUP BY concurrency
                """)
        for row in held { try makeRoom(row["concurrency"], row["places"] ?? 1, in: database) }
    }

    private static func makeRoom(_ key: String, _ limit: Int, in database: Database) throws {
        let room = try room(RunOrigin.Concurrency(key: key, limit: limit), in: database)
        guard room > 0 else { return }
        try database.execute(
            sql: """
                UPDATE workflowRun SET phase = 'queued' WHERE id IN (SELECT id FROM workflowRun
                    WHERE concurrency = ? AND phase <> 'over' AND phase = 'held' AND wake IS NULL ORDER BY priority DESC, began, id LIMIT ?)
                """, arguments: [key, room])
    }

    /// Takes a token, and says when the run may begin; nil for now. The generic cell rate algorithm: what is stored is the moment at
    /// which the bucket would be full again.
    static func reserve(_ throttle: RunOrigin.Throttle, at now: Int64, in database: Database) throws -> Int64? {
        let stored = try Int64.fetchOne(database, sql: #"SELECT due FROM workflowThrottle WHERE "key" = ?"#, arguments: [throttle.key])
        // A clock that was set back, or a file from elsewhere, keeps nothing back for ever.
        let longest = now + throttle.interval * Int64(TenantRuns.queueLimit)
        let full = min(max(stored ?? now, now), longest)
        let begin = full - throttle.interval * Int64(throttle.burst - 1)
        try database.execute(
            sql: #"INSERT OR REPLACE INTO workflowThrottle ("key", due) VALUES (?, ?)"#, arguments: [throttle.key, full + throttle.interval])
        if stored == nil { try database.execute(sql: "DELETE FROM workflowThrottle WHERE due < ?", arguments: [now]) }
        return begin > now ? begin : nil
    }

    /// Gives the token back for which a held run waits, which will not need it: those behind it in its bucket come so much sooner.
    /// What has come already is not given back.
    static func giveBack(of id: RunID, at now: Int64, in database: Database) throws {
        let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT bucket, bucketInterval, wake FROM workflowRun
                        WHERE id = ? AND phase = 'held' AND wake > ? AND bucket IS NOT NULL AND bucketInterval IS NOT NULL
                    """), arguments: [id.rawValue, now])
        guard let row, let key = row["bucket"] as String?, let interval = row["bucketInterval"] as Int64?, let wake = row["wake"] as Int64?
        else { return }
        try database.execute(sql: #"UPDATE workflowThrottle SET due = due - ? WHERE "key" = ?"#, arguments: [interval, key])
        try database.execute(
            sql: """
                UPDATE workflowRun SET wake = max(wake - ?, ?) WHERE phase <> 'over' AND phase = 'held' AND wake > ? AND bucket = ?
                """, arguments: [interval, wake, wake, key])
    }

    /// Lets those begin whose throttle has a token for them now, where they have a place. False where there were none.
    static func releaseThrottled(at now: Int64, in database: Database) throws -> Bool {
        let earliest = try Int64.fetchOne(
            database, sql: "SELECT min(wake) FROM workflowRun WHERE phase <> 'over' AND phase = 'held' AND wake <= ?", arguments: [now])
        guard let earliest else { return false }
        // While the daemon was away nothing began: the others come as far apart as before, and not all at once.
        if now - earliest > lateness {
            let delay = now - max(earliest, 0)
            try database.execute(
                sql: "UPDATE workflowRun SET wake = wake + ? WHERE phase <> 'over' AND phase = 'held' AND wake BETWEEN 0 AND ?",
                arguments: [delay, now + throttleHorizon])
            try database.execute(sql: "UPDATE workflowThrottle SET due = due + ? WHERE due < ?", arguments: [delay, now + throttleHorizon])
        }
        let keys = try Row.fetchAll(
            database,
            sql: """
                SELECT DISTINCT concurrency, concurrencyLimit FROM workflowRun
                    WHERE phase <> 'over' AND phase = 'held' AND wake <= ?
                """, arguments: [now])
        try database.execute(
            sql: """
                UPDATE workflowRun SET phase = CASE WHEN concurrency IS NULL THEN 'queued' ELSE 'held' END, wake = NULL
                    WHERE phase <> 'over' AND phase = 'held' AND wake <= ?
                """, arguments: [now])
        for row in keys {
            guard let key = row["concurrency"] as String?, let limit = row["concurrencyLimit"] as Int? else { continue }
            try makeRoom(key, limit, in: database)
        }
        return true
    }

    /// Milliseconds by which a timer may be late in a daemon that runs.
    private static let lateness: Int64 = 10_000
    /// No throttle reaches further, a thousand years: what does was not written by a daemon.
    private static let throttleHorizon: Int64 = 1000 * 366 * 86_400_000

    static func hasThrottled(dueAt now: Int64, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM workflowRun WHERE phase <> 'over' AND phase = 'held' AND wake <= ?)",
            arguments: [now]) ?? false
    }

    /// Nil where the run is not there.
    static func phase(of id: RunID, in database: Database) throws -> RunPhase? {
        try String.fetchOne(database, sql: "SELECT phase FROM workflowRun WHERE id = ?", arguments: [id.rawValue])
            .flatMap(RunPhase.init(rawValue:))
    }

    /// Pauses a run that nobody drives, or lets it go on.
    ///
    /// False where it has begun meanwhile.
    static func setPaused(_ isPaused: Bool, _ id: RunID, in database: Database) throws -> Bool {
        try database.execute(
            sql: "UPDATE workflowRun SET isPaused = ? WHERE id = ? AND phase <> 'over' AND phase IN ('queued', 'held')",
            arguments: [isPaused, id.rawValue])
        return database.changesCount == 1
    }
}
