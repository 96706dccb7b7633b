import GRDB
package import Store

/// What the tenants' databases need for notifications.
package enum NotificationSchema {
    package static let steps = [
        MigrationStep("notifications 1 inbox and webhooks") { database in
            try database.execute(
                sql: """
                    CREATE TABLE notice (
                        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                        id TEXT NOT NULL UNIQUE,
                        kind TEXT NOT NULL,
                        subject TEXT NOT NULL,
                        text TEXT NOT NULL,
                        first INTEGER NOT NULL,
                        last INTEGER NOT NULL,
                        count INTEGER NOT NULL
                    ) STRICT;
                    CREATE INDEX noticeSubject ON notice (kind, subject, last);
                    CREATE TABLE noticeRead (
                        person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
                        notice TEXT NOT NULL REFERENCES notice (id) ON DELETE CASCADE,
                        PRIMARY KEY (person, notice)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX noticeReadNotice ON noticeRead (notice);
                    CREATE TABLE noticeMark (
                        person TEXT PRIMARY KEY NOT NULL REFERENCES person (id) ON DELETE CASCADE,
                        sequence INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE webhook (
                        id TEXT PRIMARY KEY NOT NULL,
                        url TEXT NOT NULL,
                        kinds TEXT NOT NULL,
                        secret BLOB NOT NULL,
                        earlierSecret BLOB,
                        earlierUntil INTEGER,
                        enabled INTEGER NOT NULL,
                        reason TEXT,
                        failingSince INTEGER,
                        created INTEGER NOT NULL,
                        createdBy TEXT NOT NULL
                    ) STRICT;
                    CREATE TABLE delivery (
                        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                        id TEXT NOT NULL UNIQUE,
                        webhook TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
                        kind TEXT NOT NULL,
                        body TEXT NOT NULL,
                        created INTEGER NOT NULL,
                        state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
                        attempts INTEGER NOT NULL,
                        due INTEGER NOT NULL,
                        status INTEGER,
                        detail TEXT
                    ) STRICT;
                    CREATE INDEX deliveryDue ON delivery (webhook, state, due);
                    """)
        },
        MigrationStep("notifications 2 choices and mails") { database in
            try database.execute(
                sql: """
                    CREATE TABLE noticeChoice (
                        person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
                        kind TEXT NOT NULL,
                        inbox INTEGER NOT NULL,
                        mail INTEGER NOT NULL,
                        PRIMARY KEY (person, kind)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE letter (
                        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
                        recipient TEXT NOT NULL,
                        kind TEXT NOT NULL,
                        text TEXT NOT NULL,
                        created INTEGER NOT NULL,
                        attempts INTEGER NOT NULL,
                        due INTEGER NOT NULL
                    ) STRICT;
                    CREATE INDEX letterDue ON letter (due);
                    """)
        },
        MigrationStep("notifications 3 messages of workflows") { database in
            try database.execute(
                sql: """
                    ALTER TABLE letter ADD COLUMN title TEXT;
                    CREATE TABLE message (
                        key TEXT PRIMARY KEY NOT NULL,
                        recipients TEXT NOT NULL,
                        count INTEGER NOT NULL,
                        created INTEGER NOT NULL
                    ) STRICT;
                    CREATE INDEX messageCreated ON message (created);
                    """)
        },
    ]

    package static let accountSteps = [
        MigrationStep("notifications 4 notices to one person") { database in
            try database.execute(
                sql: """
                    ALTER TABLE notice ADD COLUMN person TEXT REFERENCES person (id) ON DELETE CASCADE;
                    CREATE INDEX noticePerson ON notice (person, sequence);
                    """)
        }
    ]
}
