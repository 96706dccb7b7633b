import GRDB
import Model

/// What is asked of the tables of runs.
enum RunQueries {
    static func run(_ id: RunID, in database: Database) throws -> Run? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT * FROM workflowRun WHERE id = ?"), arguments: [id.rawValue]
        ).map(Run.init)
    }

    static func origin(_ id: RunID, in database: Database) throws -> RunOrigin {
        var origin = RunOrigin()
        guard let row = try Row.fetchOne(
            database.cachedStatement(
                sql: """
                    SELECT priority, deduplication, parentRun, parentStep, parentAttempt, depth, concurrency, concurrencyLimit
                        FROM workflowRun WHERE id = ?
                    """),
            arguments: [id.rawValue])
        else { return origin }
        origin.priority = row["priority"]
        origin.deduplication = row["deduplication"]
        origin.depth = try row.count("depth")
        if let key = row["concurrency"] as String?, let limit = row["concurrencyLimit"] as Int? {
            origin.concurrency = RunOrigin.Concurrency(key: key, limit: limit)
        }
        if let run = (row["parentRun"] as String?).flatMap(RunID.init(rawValue:)),
            let step = (row["parentStep"] as String?).flatMap(StepKey.init), let attempt = row["parentAttempt"] as Int?, attempt >= 0
        {
            origin.parent = RunOrigin.Parent(run: run, step: step, attempt: attempt)
        }
        return origin
    }

    /// The steps of a run in the order in which they began.
    static func steps(of id: RunID, in database: Database) throws -> [Step] {
        try Row.fetchAll(
            database, sql: #"SELECT * FROM workflowStep WHERE run = ? ORDER BY ordinal"#, arguments: [id.rawValue]
        ).map(Step.init)
    }

    static func summaries(of id: RunID, in database: Database) throws -> [Step] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT "key", ordinal, state, attempt, crashes, port, NULL AS input, NULL AS output, NULL AS items, NULL AS request, error,
                    began, ended, due, title, NULL AS decisions, reminders, isEscalated
                FROM workflowStep WHERE run = ? ORDER BY ordinal
                """, arguments: [id.rawValue]
        ).map(Step.init)
    }

    /// The steps that whoever drives the run needs: those of levels that are not over.
    static func openSteps(of id: RunID, in database: Database) throws -> [Step] {
        var steps: [Step] = []
        var over: Set<Scope> = []
        // What a level belongs to began before it.
        let rows = try Row.fetchCursor(
            database.cachedStatement(sql: #"SELECT * FROM workflowStep WHERE run = ? ORDER BY ordinal"#), arguments: [id.rawValue])
        while let row = try rows.next() {
            guard let key = StepKey(row["key"] as String) else { continue }
            if key.isIteration, Step.State(rawValue: row["state"])?.isTerminal == true { over.insert(key.scope) }
            // What came of an iteration is needed until its loop has ended; what happened in it is not.
            let around = key.scope.iterations.indices.dropLast(key.isIteration ? 1 : 0)
            let isOver = around.contains { over.contains(Scope(Array(key.scope.iterations[...$0]))) }
            if !isOver { steps.append(try Step(row)) }
        }
        return steps
    }

    /// Accepted runs that nobody drives, whose turn is first.
    static func queued(_ limit: Int, except driven: Set<RunID>, in database: Database) throws -> [RunID] {
        let cursor = try String.fetchCursor(
            database.cachedStatement(
                sql: "SELECT id FROM workflowRun WHERE phase IN ('queued', 'live') ORDER BY priority DESC, began, id LIMIT ?"),
            arguments: [limit + driven.count])
        var found: [RunID] = []
        while found.count < limit, let text = try cursor.next() {
            if let id = RunID(rawValue: text), !driven.contains(id) { found.append(id) }
        }
        return found
    }

    static func waitingForTheirTurn(in database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM workflowRun WHERE phase <> 'over' AND phase IN ('queued', 'held')") ?? 0
    }

    /// Waiting runs whose time has come, the earliest first.
    static func due(at now: Int64, _ limit: Int, except others: Set<RunID>, in database: Database) throws -> [RunID] {
        let due = try String.fetchAll(
            database, sql: "SELECT id FROM workflowRun WHERE phase <> 'over' AND phase = 'waiting' AND wake <= ? ORDER BY wake LIMIT ?",
            arguments: [now, limit + others.count]
        ).compactMap(RunID.init(rawValue:)).filter { !others.contains($0) }
        return Array(due.prefix(limit))
    }

    /// When the next waiting run is due after `now`.
    static func nextWake(after now: Int64, in database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database,
            sql: """
                SELECT min(wake) FROM (SELECT min(wake) AS wake FROM workflowRun WHERE phase <> 'over' AND phase = 'waiting' AND wake > ?1
                    UNION ALL SELECT min(wake) FROM workflowRun WHERE phase <> 'over' AND phase = 'held' AND wake > ?1 AND wake < ?2
                    UNION ALL SELECT min(due) FROM workflowDebounce WHERE due > ?1)
                """, arguments: [now, quiet])
    }

    /// Takes up the runs that wait for one that has ended: a daemon may have died before it told them.
    static func rouseParents(in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE workflowRun SET phase = 'live' WHERE phase <> 'over' AND phase = 'waiting'
                    AND EXISTS (SELECT 1 FROM workflowRun AS child WHERE child.parentRun = workflowRun.id AND child.phase = 'over')
                """)
    }

    /// Whether anything has not ended.
    static func hasOpen(in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database,
            sql: """
                SELECT EXISTS (SELECT 1 FROM workflowRun WHERE phase <> 'over')
                    OR EXISTS (SELECT 1 FROM workflowRun WHERE isOwing)
                """) ?? false
    }

    static func child(of parent: RunOrigin.Parent, in database: Database) throws -> Run? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM workflowRun WHERE parentRun = ? AND parentStep = ? AND parentAttempt = ?",
            arguments: [parent.run.rawValue, parent.step.description, parent.attempt]
        ).map(Run.init)
    }

    /// Whether somebody still waits for what a run would give: its step has not ended.
    static func isWaiting(_ parent: RunOrigin.Parent, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database,
            sql: """
                SELECT EXISTS (SELECT 1 FROM workflowRun JOIN workflowStep ON run = id WHERE id = ?1 AND phase <> 'over'
                    AND "key" = ?2 AND workflowStep.state = 'waiting' AND attempt = ?3)
                """, arguments: [parent.run.rawValue, parent.step.description, parent.attempt]) ?? false
    }

    /// Runs for which nobody waits any more: a daemon may have died before it ended them.
    static func orphans(in database: Database) throws -> [RunID] {
        try String.fetchAll(
            database,
            sql: """
                SELECT child.id FROM workflowRun AS child WHERE child.phase <> 'over' AND child.parentRun IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM workflowRun AS parent JOIN workflowStep AS step ON step.run = parent.id
                        WHERE parent.id = child.parentRun AND parent.phase <> 'over' AND step."key" = child.parentStep
                        AND step.state = 'waiting' AND step.attempt = child.parentAttempt)
                """
        ).compactMap(RunID.init(rawValue:))
    }

    /// Ended runs whose ends may have started nothing yet, with how many had started each other before them.
    static func owing(
        _ limit: Int, except others: Set<RunID> = [], in database: Database
    ) throws -> [(run: Run, depth: Int)] {
        let rows = try Row.fetchAll(
            database, sql: "SELECT * FROM workflowRun WHERE isOwing ORDER BY ended LIMIT ?", arguments: [limit + others.count])
        let owing = rows.compactMap { row in (try? Run(row)).flatMap { run in (try? row.count("depth")).map { (run, $0) } } }
        return Array(owing.filter { !others.contains($0.0.id) }.prefix(limit))
    }

    /// A run that has ended is nobody's to take up.
    static func putAway(_ id: RunID, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE workflowRun SET phase = 'over', ended = ifnull(ended, began)
                    WHERE id = ? AND state <> 'running' AND phase <> 'over'
                """, arguments: [id.rawValue])
        try makeRoom(behind: id, in: database)
    }

    /// Shows a run that cannot be read among those that wait for a person.
    static func showTrouble(_ id: RunID, in database: Database) throws {
        try database.execute(
            sql: "UPDATE workflowRun SET needsPerson = 1 WHERE id = ? AND phase <> 'over'", arguments: [id.rawValue])
    }

    static func settle(_ id: RunID, in database: Database) throws {
        try database.execute(sql: "UPDATE workflowRun SET isOwing = 0 WHERE id = ?", arguments: [id.rawValue])
    }

    static func deduplicated(_ workflow: WorkflowID, _ key: String, in database: Database) throws -> RunID? {
        try String.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM workflowRun WHERE workflow = ? AND deduplication = ?"), arguments: [workflow.rawValue, key]
        ).flatMap(RunID.init(rawValue:))
    }
}
