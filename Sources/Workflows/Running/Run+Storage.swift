import GRDB
package import Model
import Store

/// Who must take a run up.
enum RunPhase: String, Sendable {
    /// Accepted, and not begun.
    case queued
    /// Accepted, and kept back until another run of its key has ended.
    case held
    /// In the memory of a daemon; after a start, of one that is no more.
    case live
    /// For a time or for people: nobody needs it in memory.
    case waiting
    case over
}

/// What is kept of a run besides its plan.
package struct RunOrigin: Sendable, Hashable {
    /// Runs of higher priority begin first; 0 is the usual one.
    package var priority = 0
    /// A second run of the workflow with the same key is not begun.
    package var deduplication: String?
    /// The attempt of a step of another run that waits for this one.
    package struct Parent: Sendable, Hashable {
        package let run: RunID
        package let step: StepKey
        package let attempt: Int
    }

    package var parent: Parent?
    /// Of a run of one node: what that is given.
    package var lone: LoneNode?
    /// The run that this one repeats from one of its nodes.
    package var replayOf: RunID?
    /// How many runs have started each other before this one.
    package var depth = 0

    /// What it shares its places with, and how many there are.
    package struct Concurrency: Sendable, Hashable {
        package let key: String
        package let limit: Int
    }

    package var concurrency: Concurrency?

    /// A bucket of tokens, one for each run that begins: it holds `burst`, and gets one in each `interval` (milliseconds).
    package struct Throttle: Sendable, Hashable {
        package let key: String
        package let interval: Int64
        package let burst: Int
    }

    package var throttle: Throttle?

    /// Starts with the same key become one run. Times in milliseconds.
    package struct Debounce: Sendable, Hashable {
        package let key: String
        package let quiet: Int64
        package let longest: Int64
    }

    package var debounce: Debounce?

    package init() {}
}

extension Run {
    /// Inserts a run that was accepted, and says whether it may begin at once; nil where one with its key is there already.
    func insert(_ origin: RunOrigin, in database: Database) throws -> RunPhase? {
        // One that waits until nothing more comes takes its token when it has come through that.
        let wake = try origin.debounce != nil ? RunQueries.quiet : origin.throttle.flatMap { try RunQueries.reserve($0, at: began, in: database) }
        let isHeld = try origin.concurrency.map { try RunQueries.room($0, in: database) == 0 } ?? false
        let phase = isHeld || wake != nil ? RunPhase.held : .queued
        let bucket = wake != nil && origin.debounce == nil ? origin.throttle : nil
        try database.run(
            """
                INSERT OR IGNORE INTO workflowRun (id, workflow, version, "trigger", state, phase, priority, isPaused, needsPerson,
                    input, began, deduplication, parentRun, parentStep, parentAttempt, replayOf, depth, concurrency, concurrencyLimit, wake,
                    bucket, bucketInterval, node)
                VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            [
                id.rawValue, workflow.rawValue, version, trigger.rawValue, state.rawValue, phase.rawValue, origin.priority, input.text, began,
                origin.deduplication, origin.parent?.run.rawValue, origin.parent?.step.description, origin.parent?.attempt,
                origin.replayOf?.rawValue, origin.depth, origin.concurrency?.key, origin.concurrency?.limit, wake,
                bucket?.key, bucket?.interval, node?.rawValue,
            ])
        guard database.changesCount == 1 else { return nil }
        try origin.lone?.store(of: id, in: database)
        return phase
    }

    /// `isOwing` says whether its end starts something that is not started yet.
    func update(_ phase: RunPhase, wake: Int64?, needsPerson: Bool, isOwing: Bool, in database: Database) throws {
        try database.run(
            """
                UPDATE workflowRun SET state = ?, phase = ?, isPaused = ?, needsPerson = ?, output = ?, error = ?, failedStep = ?,
                    ended = ?, due = ?, wake = ?, isOwing = ? WHERE id = ?
                """,
            [
                state.rawValue, phase.rawValue, isPaused, needsPerson, output?.text, error?.payload.text, failedStep?.description,
                ended, due, wake, isOwing, id.rawValue,
            ])
        guard phase == .over else { return }
        try KeptPayloads.shareWithParent(of: id, in: database)
        try RunQueries.weigh(id, in: database)
        try RunQueries.makeRoom(behind: id, in: database)
    }

    /// Ends a run that nobody can drive, with all that was open in it.
    func close(_ state: State, _ error: StepError?, at now: Int64, isOwing: Bool, in database: Database) throws -> Run {
        var ended = self
        (ended.state, ended.error, ended.ended, ended.due, ended.needsPerson) = (state, error, now, nil, false)
        try RunQueries.giveBack(of: id, at: now, in: database)
        try ended.update(.over, wake: nil, needsPerson: false, isOwing: isOwing, in: database)
        try database.execute(
            sql: """
                UPDATE workflowStep SET state = 'cancelled', ended = ?, due = NULL
                    WHERE run = ? AND state NOT IN ('succeeded', 'failed', 'cancelled')
                """, arguments: [now, id.rawValue])
        try database.execute(sql: "DELETE FROM workflowApproval WHERE run = ?", arguments: [id.rawValue])
        try database.execute(sql: "DELETE FROM workflowDebounce WHERE run = ?", arguments: [id.rawValue])
        return ended
    }

    init(_ row: Row) throws {
        guard let id = RunID(rawValue: row["id"]), let workflow = WorkflowID(rawValue: row["workflow"]),
            let trigger = NodeID(rawValue: row["trigger"]), let state = State(rawValue: row["state"])
        else { throw Problem.damagedRun }
        self.init(
            id: id, workflow: workflow, version: try row.count("version"), trigger: trigger, input: .inline(row["input"]),
            began: try row.moment("began"))
        self.state = state
        if let name = row["node"] as String? {
            guard let node = NodeID(rawValue: name) else { throw Problem.damagedRun }
            self.node = node
        }
        isPaused = row["isPaused"]
        isHeld = row["phase"] == RunPhase.held.rawValue
        needsPerson = row["needsPerson"]
        output = (row["output"] as String?).map(Payload.inline)
        error = try (row["error"] as String?).map(StepError.init(stored:))
        failedStep = (row["failedStep"] as String?).flatMap(StepKey.init)
        ended = try row.optionalMoment("ended")
        due = try row.optionalMoment("due")
    }
}

extension Step {
    func store(of run: RunID, in database: Database) throws {
        try database.run(
            """
                INSERT OR REPLACE INTO workflowStep (run, "key", ordinal, state, attempt, crashes, port, input, output, items, error, began,
                    ended, due, title, decisions, reminders, isEscalated, request)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            [
                run.rawValue, key.description, ordinal, state.rawValue, attempt, crashes, port?.name, input?.text, output?.text, items?.text,
                error?.payload.text, began, ended, due, title, decisions.isEmpty ? nil : Self.text(decisions), reminders, isEscalated, request?.text,
            ])
        guard title != nil else { return }
        if state == .waiting {
            try database.execute(
                sql: #"INSERT OR IGNORE INTO workflowApproval (run, "key", began) VALUES (?, ?, ?)"#,
                arguments: [run.rawValue, key.description, began])
        } else {
            try database.execute(
                sql: #"DELETE FROM workflowApproval WHERE run = ? AND "key" = ?"#, arguments: [run.rawValue, key.description])
        }
    }

    init(_ row: Row) throws {
        guard let key = StepKey(row["key"] as String), let state = State(rawValue: row["state"]) else { throw Problem.damagedRun }
        self.init(key, try row.count("ordinal"), state: state, began: try row.moment("began"))
        attempt = try row.count("attempt")
        crashes = try row.count("crashes")
        port = (row["port"] as String?).map(Port.init)
        input = (row["input"] as String?).map(Payload.inline)
        output = (row["output"] as String?).map(Payload.inline)
        items = (row["items"] as String?).map(Payload.inline)
        request = (row["request"] as String?).map(Payload.inline)
        error = try (row["error"] as String?).map(StepError.init(stored:))
        ended = try row.optionalMoment("ended")
        due = try row.optionalMoment("due")
        title = row["title"]
        decisions = try (row["decisions"] as String?).map(Self.decisions) ?? []
        reminders = try row.count("reminders")
        isEscalated = row["isEscalated"]
    }

    private static func text(_ decisions: [Decision]) -> String {
        JSONValue.array(
            decisions.map { decision in
                [
                    "person": .string(decision.person), "approved": .bool(decision.isApproved), "at": .integer(decision.at),
                    "form": JSONValue(decision.form?.text),
                ]
            }
        ).compactText
    }

    private static func decisions(_ text: String) throws -> [Decision] {
        guard let list = try JSONValue.parse(text).array else { throw Problem.damagedRun }
        return try list.map { value in
            guard let person = value["person"]?.string, let isApproved = value["approved"]?.bool, let at = value["at"]?.integer, Row.moments.contains(at) else {
                throw Problem.damagedRun
            }
            return Decision(person: person, isApproved: isApproved, at: at, form: value["form"]?.string.map(Payload.inline))
        }
    }
}

extension StepError {
    fileprivate init(stored text: String) throws {
        let value = try JSONValue.parse(text)
        guard let code = value["code"]?.string, let message = value["message"]?.string else { throw Problem.damagedRun }
        self.init(code, message)
    }
}

extension Row {
    /// Milliseconds since 1970 that can be reckoned with.
    static let moments: Range<Int64> = 0..<(1 << 53)

    /// A number of things; what none can be is a damaged run.
    func count(_ name: String) throws -> Int {
        let value: Int64 = self[name]
        guard (0..<(1 << 31)).contains(value) else { throw Problem.damagedRun }
        return Int(value)
    }

    func moment(_ name: String) throws -> Int64 {
        guard let value = try optionalMoment(name) else { throw Problem.damagedRun }
        return value
    }

    func optionalMoment(_ name: String) throws -> Int64? {
        guard let value = self[name] as Int64? else { return nil }
        guard Self.moments.contains(value) else { throw Problem.damagedRun }
        return value
    }
}

extension Problem {
    static var damagedRun: Problem {
        Problem(.internalFault, "the database holds a run that none can be", hint: "restore the tenant from a backup")
    }
}
