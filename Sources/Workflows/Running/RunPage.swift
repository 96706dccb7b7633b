import GRDB
package import Model

/// Which runs are asked for.
package struct RunFilter: Sendable, Hashable {
    package var workflow: WorkflowID?
    package var state: Run.State?
    /// Those alone in which something waits for a person to say how it goes on.
    package var needsPerson = false
    /// Begun at or after this moment, and before that, in milliseconds since 1970.
    package var since: Int64?
    package var until: Int64?
    /// Failed with this code.
    package var error: String?
    /// With this in their identifier, input, output or error, whatever the case.
    package var search: String?
    /// Those alone of which nobody has begun a replay, but none of one node, which there is nothing behind to repeat.
    package var isUnrepeated = false

    package init() {}

    /// Whether all that is asked can be looked up; else runs are read one after the other.
    fileprivate var isIndexed: Bool { error == nil && search == nil }

    fileprivate func holds(_ run: Run) -> Bool {
        if let error, run.error?.code != error { return false }
        guard let search = search?.lowercased() else { return true }
        return [run.id.rawValue, run.input.text, run.output?.text ?? "", run.error?.message ?? ""]
            .contains { $0.lowercased().contains(search) }
    }
}

/// A page of runs, the newest first.
package struct RunPage: Sendable {
    package static let limit = 100
    /// Runs that are read for one page where they must be looked into, and bytes of any page.
    static let reads = 5000
    static let readBytes = 4 << 20

    package let runs: [Run]
    /// Hand it back for the next page; nil on the last one.
    package let next: String?
}

/// A decision that people are asked for.
package struct OpenApproval: Sendable {
    package let run: Run
    package let step: Step
}

extension RunQueries {
    /// `cursor` is `next` of the page before. Throws `invalidInput` for any other text.
    static func page(_ filter: RunFilter, _ limit: Int, after cursor: String?, in database: Database) throws -> RunPage {
        var conditions: [String] = []
        var arguments = StatementArguments()
        if let workflow = filter.workflow {
            conditions.append("workflow = ?")
            arguments += [workflow.rawValue]
        }
        if let state = filter.state {
            conditions.append("state = ?")
            arguments += [state.rawValue]
        }
        if filter.needsPerson { conditions.append("phase <> 'over' AND needsPerson") }
        if let since = filter.since {
            conditions.append("began >= ?")
            arguments += [since]
        }
        if let until = filter.until {
            conditions.append("began < ?")
            arguments += [until]
        }
        if filter.isUnrepeated { conditions.append("node IS NULL AND NOT EXISTS (SELECT 1 FROM workflowRun AS later WHERE later.replayOf = workflowRun.id)") }
        if let cursor {
            let (began, id) = try place(cursor)
            conditions.append("(began, id) < (?, ?)")
            arguments += [began, id]
        }
        let limit = min(max(1, limit), RunPage.limit)
        arguments += [filter.isIndexed ? limit + 1 : RunPage.reads + 1]
        let rows = try Row.fetchCursor(
            database,
            sql: "SELECT * FROM workflowRun" + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND "))
                + " ORDER BY began DESC, id DESC LIMIT ?", arguments: arguments)
        var runs: [Run] = []
        var (read, bytes) = (0, 0)
        var last: Run?
        while let row = try rows.next() {
            // Whatever was found, the next page goes on behind the last run that was looked at.
            if let last, runs.count == limit || read == RunPage.reads || bytes > RunPage.readBytes {
                return RunPage(runs: runs, next: "\(last.began).\(last.id)")
            }
            let run = try Run(row)
            (read, bytes, last) = (read + 1, bytes + run.input.size + (run.output?.size ?? 0), run)
            if filter.holds(run) { runs.append(run) }
        }
        return RunPage(runs: runs, next: nil)
    }

    private static func place(_ cursor: String) throws -> (began: Int64, id: String) {
        let parts = cursor.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let began = Int64(parts[0]), RunID(rawValue: String(parts[1])) != nil else {
            throw Problem.foreignCursor
        }
        return (began, String(parts[1]))
    }

    /// Decisions that people are asked for, the oldest first; `next` goes back as `cursor` for the next page.
    static func approvals(
        _ limit: Int, after cursor: String?, in database: Database
    ) throws -> (approvals: [OpenApproval], next: String?) {
        var arguments = StatementArguments()
        if let cursor {
            let parts = cursor.split(separator: ".", maxSplits: 2)
            guard parts.count == 3, let began = Int64(parts[0]), RunID(rawValue: String(parts[1])) != nil,
                let key = StepKey(String(parts[2]))
            else { throw Problem.foreignCursor }
            arguments += [began, String(parts[1]), key.description]
        }
        let limit = min(max(1, limit), RunPage.limit)
        arguments += [limit + 1]
        let rows = try Row.fetchAll(
            database,
            sql: #"SELECT began, run, "key" FROM workflowApproval"# + (cursor == nil ? "" : #" WHERE (began, run, "key") > (?, ?, ?)"#)
                + #" ORDER BY began, run, "key" LIMIT ?"#, arguments: arguments)
        let page = rows.prefix(limit)
        let approvals = try page.compactMap { row -> OpenApproval? in
            guard let id = RunID(rawValue: row["run"]), let run = try run(id, in: database), !run.state.isTerminal,
                let step = try Row.fetchOne(
                    database, sql: #"SELECT * FROM workflowStep WHERE run = ? AND "key" = ?"#,
                    arguments: [id.rawValue, row["key"] as String]).map(Step.init)
            else { return nil }
            return OpenApproval(run: run, step: step)
        }
        guard rows.count > limit, let last = page.last else { return (approvals, nil) }
        return (approvals, "\(last["began"] as Int64).\(last["run"] as String).\(last["key"] as String)")
    }
}

extension Problem {
    fileprivate static var foreignCursor: Problem { Problem(.invalidInput, "/cursor: not a cursor of this list") }
}
