package import GRDB
import Model
package import Store

/// What the tenants' databases need for triggers that ask.
package enum PollSchema {
    package static let steps = [
        MigrationStep("2 workflow polls") { database in
            try database.execute(
                sql: """
                    CREATE TABLE workflowPoll (
                        workflow TEXT NOT NULL REFERENCES workflow (id) ON DELETE CASCADE,
                        node TEXT NOT NULL,
                        every INTEGER NOT NULL,
                        source TEXT NOT NULL,
                        due INTEGER NOT NULL,
                        -- 'now' or 'all' before the first poll, and then nothing.
                        first TEXT NOT NULL,
                        cursor TEXT,
                        polled INTEGER,
                        failures INTEGER NOT NULL,
                        error TEXT,
                        PRIMARY KEY (workflow, node)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX workflowPollDue ON workflowPoll (due);
                    CREATE TABLE workflowPollItem (
                        workflow TEXT NOT NULL,
                        node TEXT NOT NULL,
                        item TEXT NOT NULL,
                        seen INTEGER NOT NULL,
                        PRIMARY KEY (workflow, node, item),
                        FOREIGN KEY (workflow, node) REFERENCES workflowPoll (workflow, node) ON DELETE CASCADE
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX workflowPollItemSeen ON workflowPollItem (workflow, node, seen);
                    """)
        }
    ]

    /// Those that came after the steps of other modules.
    package static let laterSteps = [
        MigrationStep("3 polls at times") { database in
            // SQLite takes no NOT NULL from a column. The items refer to the table by its name, which the new one gets.
            try database.execute(
                sql: """
                    CREATE TABLE workflowPollAnew (
                        workflow TEXT NOT NULL REFERENCES workflow (id) ON DELETE CASCADE,
                        node TEXT NOT NULL,
                        -- Either milliseconds from one poll to the next, or an expression and its zone.
                        every INTEGER,
                        expression TEXT,
                        zone TEXT,
                        source TEXT NOT NULL,
                        due INTEGER NOT NULL,
                        -- 'now' or 'all' before the first poll, and then nothing.
                        first TEXT NOT NULL,
                        cursor TEXT,
                        polled INTEGER,
                        failures INTEGER NOT NULL,
                        error TEXT,
                        PRIMARY KEY (workflow, node)
                    ) STRICT, WITHOUT ROWID;
                    INSERT INTO workflowPollAnew (workflow, node, every, source, due, first, cursor, polled, failures, error)
                        SELECT workflow, node, every, source, due, first, cursor, polled, failures, error FROM workflowPoll;
                    DROP TABLE workflowPoll;
                    ALTER TABLE workflowPollAnew RENAME TO workflowPoll;
                    CREATE INDEX workflowPollDue ON workflowPoll (due);
                    """)
        }
    ]

    /// Has the triggers of a tenant that comes back from a backup or an export begin anew: what is there at their first poll may
    /// have begun runs already, and begins none.
    package static func comesBack(_ database: Database) throws {
        try database.execute(sql: "DELETE FROM workflowPoll")
        let now = Moment.now
        let active = try Row.fetchAll(
            database, sql: "SELECT id, version FROM workflow WHERE status = 'active' AND version IS NOT NULL ORDER BY id LIMIT ?",
            arguments: [WorkflowRecord.most])
        for row in active {
            guard let id = WorkflowID(rawValue: row["id"]), let number = row["version"] as Int?,
                let workflow = try? WorkflowLibrary.workflow(number, of: id, database)
            else { continue }
            try? PollQueries.replace(workflow.polls, of: id, at: now, in: database)
        }
        try database.execute(sql: "UPDATE workflowPoll SET first = 'now', due = ?", arguments: [now])
    }
}
