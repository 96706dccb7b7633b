import GRDB
package import Model
import Store

/// What is known of a trigger that asks: where it is, when it asks next, and how it went.
struct PollRecord: Sendable, Hashable {
    let workflow: WorkflowID
    let node: NodeID
    let pace: PollPace
    /// Changes where what is known of the items means nothing any more.
    let source: String
    /// Milliseconds since 1970.
    var due: Int64
    /// What becomes of items where none are known yet; nil where some are.
    var first: PollTrigger.First?
    /// JSON text.
    var cursor: String?
    /// The last one that went well.
    var polled: Int64?
    /// How many went wrong since.
    var failures: Int
    var error: String?

    /// Of one tenant.
    static let most = 200
    /// Items of one poll, and those of one trigger that are remembered.
    static let items = 5000
    static let memory = 10_000

    init(_ row: Row) throws {
        guard let workflow = WorkflowID(rawValue: row["workflow"]), let node = NodeID(rawValue: row["node"]) else {
            throw Self.damaged
        }
        (self.workflow, self.node, source, due) = (workflow, node, row["source"], row["due"])
        if let every = row["every"] as Int64? {
            pace = .every(.milliseconds(every))
        } else if let expression = row["expression"] as String?, let zone = row["zone"] as String? {
            pace = .times(try CronExpression(expression), zone: zone)
        } else {
            throw Self.damaged
        }
        first = PollTrigger.First(rawValue: row["first"])
        (cursor, polled, error) = (row["cursor"], row["polled"], row["error"])
        failures = try row.count("failures")
    }

    private static var damaged: Problem {
        Problem(.internalFault, "the database holds a poll that none can be", hint: "restore the tenant from a backup")
    }
}

extension PollPace {
    /// As the table has it; what does not belong to the pace is null.
    fileprivate var columns: (every: Int64?, expression: String?, zone: String?) {
        switch self {
        case .every(let span): (span.milliseconds, nil, nil)
        case .times(let expression, let zone): (nil, expression.text, zone)
        }
    }
}

/// What is asked of the tables of polls.
enum PollQueries {
    static func all(of workflow: WorkflowID, in database: Database) throws -> [PollRecord] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM workflowPoll WHERE workflow = ? ORDER BY node", arguments: [workflow.rawValue]
        ).map(PollRecord.init)
    }

    static func due(at now: Int64, in database: Database) throws -> [PollRecord] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM workflowPoll WHERE due <= ? ORDER BY due, workflow, node LIMIT ?", arguments: [now, PollRecord.most]
        ).compactMap { try? PollRecord($0) }
    }

    static func nextDue(after now: Int64, in database: Database) throws -> Int64? {
        try Int64.fetchOne(database, sql: "SELECT min(due) FROM workflowPoll WHERE due > ?", arguments: [now])
    }

    /// Puts polls in the place of those that a workflow had. One that asks the same tool for the same goes on from where it is.
    static func replace(
        _ polls: [(node: NodeID, poll: PollTrigger, source: String)], of workflow: WorkflowID, at now: Int64, in database: Database
    ) throws {
        let before = (try? all(of: workflow, in: database)) ?? []
        for record in before where !polls.contains(where: { $0.node == record.node && $0.source == record.source }) {
            try database.execute(
                sql: "DELETE FROM workflowPoll WHERE workflow = ? AND node = ?", arguments: [workflow.rawValue, record.node.rawValue])
        }
        for (node, poll, source) in polls {
            let due = try due(of: poll, after: before.first { $0.node == node && $0.source == source }, at: now)
            let (every, expression, zone) = poll.pace.columns
            try database.execute(
                sql: """
                    INSERT INTO workflowPoll (workflow, node, every, expression, zone, source, due, first, failures)
                    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)
                    ON CONFLICT DO UPDATE SET every = ?3, expression = ?4, zone = ?5, due = ?7
                    """,
                arguments: [workflow.rawValue, node.rawValue, every, expression, zone, source, due, poll.first.rawValue])
        }
        let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM workflowPoll") ?? 0
        guard count <= PollRecord.most else {
            throw Problem(
                .quotaExceeded, "the tenant would have more than \(PollRecord.most) triggers that ask",
                hint: "deactivate workflows that have some")
        }
    }

    /// When a trigger asks that is put in the place of another, or of none. Throws `invalidInput` where this machine does not know
    /// its zone.
    private static func due(of poll: PollTrigger, after known: PollRecord?, at now: Int64) throws(Problem) -> Int64 {
        let next = try poll.pace.next(after: now)
        let asksAtTimes = if case .times = poll.pace { true } else { false }
        // A first look that begins nothing is no matter of times: what comes after it and before them is not taken for old.
        guard let known else { return asksAtTimes && poll.first == .all ? next : now }
        // What is overdue, or asks at this moment, is not put off; nor is a first look that went wrong.
        let waits = known.due > now && known.first != .now
        return asksAtTimes && waits && known.pace != poll.pace ? next : min(known.due, next)
    }

    /// Those of some items that are known.
    static func known(_ items: [String], of record: PollRecord, in database: Database) throws -> Set<String> {
        let statement = try database.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM workflowPollItem WHERE workflow = ? AND node = ? AND item = ?)")
        var known: Set<String> = []
        for item in items {
            if try Bool.fetchOne(statement, arguments: [record.workflow.rawValue, record.node.rawValue, item]) == true { known.insert(item) }
        }
        return known
    }

    /// Notes a poll that went well: the items that are known now, and where the next one begins. False where the trigger was changed
    /// meanwhile, or another poll has gone well: then nothing is noted.
    static func settle(
        _ record: PollRecord, _ items: [String], cursor: String?, next due: Int64, at now: Int64, in database: Database
    ) throws -> Bool {
        try database.execute(
            sql: """
                UPDATE workflowPoll SET due = ?, first = '', cursor = ?, polled = ?, failures = 0, error = NULL WHERE \(unchanged)
                """, arguments: [due, cursor, now] + arguments(record))
        guard database.changesCount == 1 else { return false }
        let statement = try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO workflowPollItem (workflow, node, item, seen) VALUES (?, ?, ?, ?)")
        for item in items { try statement.execute(arguments: [record.workflow.rawValue, record.node.rawValue, item, now]) }
        try database.execute(
            sql: """
                DELETE FROM workflowPollItem WHERE workflow = ?1 AND node = ?2 AND item IN (SELECT item FROM workflowPollItem
                    WHERE workflow = ?1 AND node = ?2 ORDER BY seen DESC, item LIMIT -1 OFFSET ?3)
                """, arguments: [record.workflow.rawValue, record.node.rawValue, PollRecord.memory])
        return true
    }

    static func fail(_ record: PollRecord, _ message: String, next due: Int64, in database: Database) throws {
        try database.execute(
            sql: "UPDATE workflowPoll SET due = ?, failures = min(failures + 1, 1000000), error = ? WHERE \(unchanged)",
            arguments: [due, message] + arguments(record))
    }

    /// Asks later, as if nothing had been due.
    static func pass(_ record: PollRecord, next due: Int64, in database: Database) throws {
        try database.execute(sql: "UPDATE workflowPoll SET due = ? WHERE \(unchanged)", arguments: [due] + arguments(record))
    }

    /// Holds for a trigger that still asks the same, at the same times, and has not asked since it was read.
    private static let unchanged = "workflow = ? AND node = ? AND source = ? AND due = ? AND every IS ? AND expression IS ? AND zone IS ?"

    private static func arguments(_ record: PollRecord) -> StatementArguments {
        let (every, expression, zone) = record.pace.columns
        return [record.workflow.rawValue, record.node.rawValue, record.source, record.due, every, expression, zone]
    }

    /// Has no trigger wait for longer than it says: the clock may have been set back.
    static func shorten(at now: Int64, in database: Database) throws {
        try database.execute(
            sql: "UPDATE workflowPoll SET due = min(due, ? + max(every, ?)) WHERE every IS NOT NULL",
            arguments: [now, PollPace.longestPause])
        let rows = try Row.fetchAll(database, sql: "SELECT * FROM workflowPoll WHERE every IS NULL AND due > ?", arguments: [now])
        for record in rows.compactMap({ try? PollRecord($0) }) {
            guard let next = try? record.pace.next(after: now) else { continue }
            let latest = record.failures == 0 ? next : max(next, now + PollPace.longestPause)
            if latest < record.due { try pass(record, next: latest, in: database) }
        }
    }
}

extension WorkflowLibrary {
    /// How a trigger that asks is doing.
    package struct PollState: Sendable, Hashable {
        package let node: NodeID
        package let pace: PollPace
        /// Milliseconds since 1970.
        package let next: Int64
        package let polled: Int64?
        package let failures: Int
        package let error: String?
    }

    /// Those of a workflow; none where it is not active.
    package func polls(of id: WorkflowID, in tenant: TenantID) async throws(Problem) -> [PollState] {
        try await store.tenant(tenant).read { database in
            try PollQueries.all(of: id, in: database).map { record in
                PollState(
                    node: record.node, pace: record.pace, next: record.due, polled: record.polled, failures: record.failures,
                    error: record.error)
            }
        }
    }
}
