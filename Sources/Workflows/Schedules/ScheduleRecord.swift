package import GRDB
import Model
package import Store

/// A trigger's schedule as the tenant's database keeps it, with the next time that is to begin a run.
struct ScheduleRecord: Sendable, Hashable {
    let workflow: WorkflowID
    let node: NodeID
    let schedule: Schedule
    /// Milliseconds since 1970.
    var due: Int64

    /// Of one tenant.
    static let most = 1000

    init(_ workflow: WorkflowID, _ node: NodeID, _ schedule: Schedule, due: Int64) {
        (self.workflow, self.node, self.schedule, self.due) = (workflow, node, schedule, due)
    }

    init(_ row: Row) throws {
        guard let workflow = WorkflowID(rawValue: row["workflow"]), let node = NodeID(rawValue: row["node"]),
            let missed = Schedule.Missed(rawValue: row["missed"]), let overlap = Schedule.Overlap(rawValue: row["overlap"])
        else {
            throw Problem(.internalFault, "the database holds a schedule that none can be", hint: "restore the tenant from a backup")
        }
        let expression = try CronExpression(row["expression"])
        self.init(
            workflow, node, Schedule(expression: expression, zone: row["zone"], missed: missed, overlap: overlap), due: row["due"])
    }
}

package enum ScheduleSchema {
    package static let steps = [
        MigrationStep("1 workflow schedules") { database in
            try database.execute(
                sql: """
                    CREATE TABLE workflowSchedule (
                        workflow TEXT NOT NULL REFERENCES workflow (id) ON DELETE CASCADE,
                        node TEXT NOT NULL,
                        expression TEXT NOT NULL,
                        zone TEXT NOT NULL,
                        missed TEXT NOT NULL,
                        overlap TEXT NOT NULL,
                        due INTEGER NOT NULL,
                        PRIMARY KEY (workflow, node)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX workflowScheduleDue ON workflowSchedule (due);
                    """)
        }
    ]

    /// Makes the schedules of a tenant that comes back from a backup or an export anew, from its active workflows: what passed has
    /// begun a run already, or was not to, and what a file says of schedules is not believed.
    package static func comesBack(_ database: Database) throws {
        try database.execute(sql: "DELETE FROM workflowSchedule")
        let now = Moment.now
        let active = try Row.fetchAll(
            database, sql: "SELECT id, version FROM workflow WHERE status = 'active' AND version IS NOT NULL ORDER BY id LIMIT ?",
            arguments: [WorkflowRecord.most])
        for row in active {
            guard let id = WorkflowID(rawValue: row["id"]), let number = row["version"] as Int?,
                let workflow = try? WorkflowLibrary.workflow(number, of: id, database)
            else { continue }
            // Where the zone is unknown, or there are too many, nothing begins by itself until the workflow is activated again.
            try? WorkflowLibrary.setSchedules(of: id, workflow.schedules, at: now, database)
        }
    }
}

/// What is asked of the table of schedules.
enum ScheduleQueries {
    static func all(of workflow: WorkflowID? = nil, in database: Database) throws -> [ScheduleRecord] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM workflowSchedule WHERE workflow = coalesce(?, workflow) ORDER BY workflow, node",
            arguments: [workflow?.rawValue]
        ).map(ScheduleRecord.init)
    }

    /// All that is due, the earliest first; what this version cannot read is left alone.
    static func due(at now: Int64, in database: Database) throws -> [ScheduleRecord] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM workflowSchedule WHERE due <= ? ORDER BY due, workflow, node LIMIT ?",
            arguments: [now, ScheduleRecord.most]
        ).compactMap { try? ScheduleRecord($0) }
    }

    /// The first time, or the first after `now`.
    static func nextDue(after now: Int64 = .min, in database: Database) throws -> Int64? {
        try Int64.fetchOne(database, sql: "SELECT min(due) FROM workflowSchedule WHERE due > ?", arguments: [now])
    }

    /// Puts schedules in the place of those that a workflow had. One that is as it was keeps its next time, which may have
    /// passed.
    static func replace(_ records: [ScheduleRecord], of workflow: WorkflowID, in database: Database) throws {
        let known = (try? all(of: workflow, in: database)) ?? []
        try database.execute(sql: "DELETE FROM workflowSchedule WHERE workflow = ?", arguments: [workflow.rawValue])
        let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM workflowSchedule") ?? 0
        guard count + records.count <= ScheduleRecord.most else {
            throw Problem(
                .quotaExceeded, "the tenant would have more than \(ScheduleRecord.most) schedules",
                hint: "deactivate workflows that have some")
        }
        for record in records {
            let before = known.first { $0.node == record.node }
            let isSame = before?.schedule.expression == record.schedule.expression && before?.schedule.zone == record.schedule.zone
            try database.execute(
                sql: """
                    INSERT INTO workflowSchedule (workflow, node, expression, zone, missed, overlap, due) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    workflow.rawValue, record.node.rawValue, record.schedule.expression.text, record.schedule.zone,
                    record.schedule.missed.rawValue, record.schedule.overlap.rawValue, isSame ? before?.due : record.due,
                ])
        }
    }

    /// Moves a schedule on, unless somebody has changed it since.
    static func move(_ record: ScheduleRecord, to due: Int64, in database: Database) throws {
        try database.execute(
            sql: "UPDATE workflowSchedule SET due = ? WHERE workflow = ? AND node = ? AND due = ?",
            arguments: [due, record.workflow.rawValue, record.node.rawValue, record.due])
    }

    /// Whether a run that the trigger began has not ended.
    static func isUnderWay(_ record: ScheduleRecord, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database,
            sql: #"SELECT EXISTS (SELECT 1 FROM workflowRun WHERE phase <> 'over' AND workflow = ? AND "trigger" = ? AND node IS NULL)"#,
            arguments: [record.workflow.rawValue, record.node.rawValue]) ?? false
    }

    /// Has no schedule wait for longer than its next time: the clock may have been set back. Times that were used already begin
    /// nothing, as their runs are known.
    static func shorten(at now: Int64, in database: Database) throws {
        let rows = try Row.fetchAll(database, sql: "SELECT * FROM workflowSchedule")
        for record in rows.compactMap({ try? ScheduleRecord($0) }) {
            guard let next = (try? Timetable(record.schedule))?.next(after: now), next < record.due else { continue }
            try move(record, to: next, in: database)
        }
    }
}
