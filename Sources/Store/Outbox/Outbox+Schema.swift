import GRDB

extension Outbox {
    package static let tenantSteps = [
        MigrationStep("store 1 outbox") { database in
            try database.execute(
                sql: """
                    CREATE TABLE outbox (
                        number INTEGER PRIMARY KEY AUTOINCREMENT,
                        id TEXT NOT NULL UNIQUE,
                        kind TEXT NOT NULL,
                        content TEXT NOT NULL
                    ) STRICT
                    """)
        }
    ]

    package static let registrySteps = [
        MigrationStep("store 3 outboxes") { database in
            try database.execute(
                sql: """
                    CREATE TABLE outboxPending (
                        tenant TEXT PRIMARY KEY NOT NULL REFERENCES tenant (id) ON DELETE CASCADE
                    ) STRICT;
                    CREATE TABLE outboxTaken (
                        tenant TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
                        id TEXT NOT NULL,
                        PRIMARY KEY (tenant, id)
                    ) STRICT, WITHOUT ROWID;
                    """)
        }
    ]
}
