package import GRDB
package import Store

/// The tables of runs in a tenant's database.
package enum RunSchema {
    /// Changes the database of a tenant that comes back from a backup or an export: it does nothing of itself. What its runs did
    /// since, they would do once more. Runs that none can be are removed.
    package static func comesBack(_ database: Database) throws {
        var damaged: Set<String> = []
        let runs = try Row.fetchCursor(database, sql: "SELECT * FROM workflowRun")
        while let row = try runs.next() {
            guard let run = try? Run(row), (try? row.count("depth")) != nil, run.node == nil || (try? LoneNode.find(of: run, in: database)) != nil
            else {
                damaged.insert(row["id"])
                continue
            }
        }
        let steps = try Row.fetchCursor(database, sql: "SELECT * FROM workflowStep")
        while let row = try steps.next() { if (try? Step(row)) == nil { damaged.insert(row["run"]) } }
        // What no daemon has written. One alone would keep the tenant's others from being listed.
        for id in damaged { try database.execute(sql: "DELETE FROM workflowRun WHERE id = ?", arguments: [id]) }
        try database.execute(
            sql: """
                UPDATE workflowRun SET phase = 'over', ended = ifnull(ended, began) WHERE state <> 'running' AND phase <> 'over';
                UPDATE workflowRun SET isPaused = 1 WHERE phase <> 'over';
                UPDATE workflowRun SET isOwing = 0 WHERE isOwing;
                UPDATE workflowRun SET concurrencyLimit = 1 WHERE concurrency IS NOT NULL
                    AND ifnull(concurrencyLimit, 0) NOT BETWEEN 1 AND 1000;
                UPDATE workflowRun SET bucket = NULL, bucketInterval = NULL WHERE bucket IS NOT NULL OR bucketInterval IS NOT NULL;
                DELETE FROM workflowThrottle;
                DELETE FROM workflowDebounce;
                """)
        try database.execute(
            sql: "UPDATE workflowRun SET phase = iif(concurrency IS NULL, 'queued', 'held'), wake = NULL WHERE phase = 'held' AND wake >= ?",
            arguments: [RunQueries.quiet])
        try RunQueries.makeRoomEverywhere(in: database)
    }

    package static let steps = [
        MigrationStep("1 workflow runs") { database in
            try database.execute(
                sql: """
                    CREATE TABLE workflowRun (
                        id TEXT PRIMARY KEY NOT NULL,
                        workflow TEXT NOT NULL,
                        version INTEGER NOT NULL,
                        "trigger" TEXT NOT NULL,
                        state TEXT NOT NULL,
                        -- Whether somebody must take it up: 'queued', 'live', 'waiting' for a time or for people, 'held' until
                        -- another has ended, or 'over'.
                        phase TEXT NOT NULL CHECK (phase IN ('queued', 'held', 'live', 'waiting', 'over')),
                        priority INTEGER NOT NULL,
                        isPaused INTEGER NOT NULL,
                        needsPerson INTEGER NOT NULL,
                        input TEXT NOT NULL,
                        output TEXT,
                        error TEXT,
                        failedStep TEXT,
                        began INTEGER NOT NULL,
                        ended INTEGER,
                        due INTEGER,
                        wake INTEGER,
                        deduplication TEXT,
                        parentRun TEXT,
                        parentStep TEXT,
                        parentAttempt INTEGER,
                        replayOf TEXT,
                        depth INTEGER NOT NULL,
                        -- Whether it has ended, and what its end starts may not have been started yet.
                        isOwing INTEGER NOT NULL DEFAULT 0,
                        -- Bytes of all that is kept of it, once it has ended.
                        size INTEGER NOT NULL DEFAULT 0,
                        concurrency TEXT,
                        concurrencyLimit INTEGER
                    ) STRICT;
                    CREATE INDEX workflowRunOfWorkflow ON workflowRun (workflow, began, id);
                    CREATE INDEX workflowRunBegan ON workflowRun (began, id);
                    CREATE INDEX workflowRunState ON workflowRun (state, began, id);
                    CREATE INDEX workflowRunQueued ON workflowRun (priority DESC, began, id) WHERE phase IN ('queued', 'live');
                    CREATE INDEX workflowRunOpen ON workflowRun (phase, wake) WHERE phase <> 'over';
                    CREATE UNIQUE INDEX workflowRunDeduplication ON workflowRun (workflow, deduplication)
                        WHERE deduplication IS NOT NULL;
                    CREATE UNIQUE INDEX workflowRunParent ON workflowRun (parentRun, parentStep, parentAttempt)
                        WHERE parentRun IS NOT NULL;
                    CREATE INDEX workflowRunConcurrency ON workflowRun (concurrency, phase, priority DESC, began, id)
                        WHERE concurrency IS NOT NULL AND phase <> 'over';
                    CREATE INDEX workflowRunReplay ON workflowRun (replayOf) WHERE replayOf IS NOT NULL;
                    CREATE INDEX workflowRunTrigger ON workflowRun (workflow, "trigger") WHERE phase <> 'over';
                    CREATE INDEX workflowRunOwing ON workflowRun (ended) WHERE isOwing;
                    CREATE INDEX workflowRunEnded ON workflowRun (ended, size) WHERE phase = 'over';
                    -- When the next token of a bucket would be due that nobody takes before, one for each throttle and key.
                    CREATE TABLE workflowThrottle (
                        "key" TEXT PRIMARY KEY NOT NULL,
                        due INTEGER NOT NULL
                    ) STRICT, WITHOUT ROWID;
                    -- Documents that hold what was too large for a run, and the runs that have come by them.
                    CREATE TABLE workflowPayload (
                        document TEXT NOT NULL,
                        run TEXT NOT NULL,
                        PRIMARY KEY (document, run)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX workflowPayloadRun ON workflowPayload (run);
                    CREATE TABLE workflowStep (
                        run TEXT NOT NULL REFERENCES workflowRun (id) ON DELETE CASCADE,
                        "key" TEXT NOT NULL,
                        ordinal INTEGER NOT NULL,
                        state TEXT NOT NULL,
                        attempt INTEGER NOT NULL,
                        crashes INTEGER NOT NULL,
                        port TEXT,
                        input TEXT,
                        output TEXT,
                        items TEXT,
                        error TEXT,
                        began INTEGER NOT NULL,
                        ended INTEGER,
                        due INTEGER,
                        title TEXT,
                        decisions TEXT,
                        reminders INTEGER NOT NULL,
                        isEscalated INTEGER NOT NULL,
                        PRIMARY KEY (run, "key")
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE workflowApproval (
                        run TEXT NOT NULL REFERENCES workflowRun (id) ON DELETE CASCADE,
                        "key" TEXT NOT NULL,
                        began INTEGER NOT NULL,
                        PRIMARY KEY (run, "key")
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX workflowApprovalBegan ON workflowApproval (began, run, "key");
                    """)
        },
        MigrationStep("2 what steps send") { database in
            try database.execute(sql: "ALTER TABLE workflowStep ADD COLUMN request TEXT")
        },
    ]

    /// Those that came after the steps of other modules.
    package static let laterSteps = [
        MigrationStep("3 runs that wait until nothing more comes") { database in
            try database.execute(
                sql: """
                    CREATE TABLE workflowDebounce (
                        "key" TEXT PRIMARY KEY NOT NULL,
                        run TEXT NOT NULL UNIQUE REFERENCES workflowRun (id) ON DELETE CASCADE,
                        -- When it begins if nothing more comes, and when it does whatever comes.
                        due INTEGER NOT NULL,
                        latest INTEGER NOT NULL,
                        -- The bucket of which it needs a token then.
                        throttle TEXT,
                        throttleInterval INTEGER,
                        throttleBurst INTEGER
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX workflowDebounceDue ON workflowDebounce (due);
                    """)
        }
    ]

    /// Those that came after these.
    package static let bucketSteps = [
        MigrationStep("4 what held runs have taken") { database in
            try database.execute(
                sql: """
                    -- The bucket of which a held run has a token that comes at its wake, and milliseconds from one token to the next.
                    ALTER TABLE workflowRun ADD COLUMN bucket TEXT;
                    ALTER TABLE workflowRun ADD COLUMN bucketInterval INTEGER;
                    """)
        }
    ]

    /// Those that came after these.
    package static let loneNodeSteps = [
        MigrationStep("5 runs of one node") { database in
            try database.execute(
                sql: """
                    -- The one node that it is a run of.
                    ALTER TABLE workflowRun ADD COLUMN node TEXT;
                    CREATE TABLE workflowLoneNode (
                        run TEXT PRIMARY KEY NOT NULL REFERENCES workflowRun (id) ON DELETE CASCADE,
                        arrived TEXT NOT NULL,
                        -- An object of JSON texts.
                        nodes TEXT NOT NULL,
                        item TEXT,
                        "index" INTEGER,
                        source TEXT,
                        draft TEXT
                    ) STRICT;
                    """)
        }
    ]
}
