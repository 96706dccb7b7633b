import GRDB
package import Store

/// What directories say of persons, beside what they are.
package enum ProvisioningSchema {
    private static func addColumns(_ database: Database) throws {
        try database.execute(
            sql: """
                ALTER TABLE person ADD COLUMN active INTEGER NOT NULL DEFAULT 1;
                ALTER TABLE person ADD COLUMN changed INTEGER;
                ALTER TABLE person ADD COLUMN userName TEXT;
                ALTER TABLE person ADD COLUMN externalId TEXT;
                ALTER TABLE person ADD COLUMN displayName TEXT;
                ALTER TABLE person ADD COLUMN formattedName TEXT;
                ALTER TABLE person ADD COLUMN givenName TEXT;
                ALTER TABLE person ADD COLUMN familyName TEXT;
                CREATE INDEX personUserName ON person (coalesce(userName, email) COLLATE NOCASE);
                CREATE INDEX personExternalId ON person (externalId);
                CREATE INDEX personCreated ON person (created, id);
                """)
    }

    /// The platform's people come from no directory; the table is the same.
    package static let registrySteps = [
        MigrationStep("provisioning 1 profiles") { database in try addColumns(database) }
    ]

    package static let tenantSteps = [
        MigrationStep("provisioning 1 profiles") { database in try addColumns(database) },
        MigrationStep("provisioning 2 groups") { database in
            try database.execute(
                sql: """
                    CREATE TABLE personGroup (
                        id TEXT PRIMARY KEY NOT NULL,
                        name TEXT NOT NULL UNIQUE COLLATE NOCASE,
                        externalId TEXT,
                        role TEXT,
                        created INTEGER NOT NULL,
                        changed INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE personGroupMember (
                        personGroup TEXT NOT NULL REFERENCES personGroup (id) ON DELETE CASCADE,
                        person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
                        PRIMARY KEY (personGroup, person)
                    ) STRICT;
                    CREATE INDEX personGroupMemberPerson ON personGroupMember (person);
                    """)
        },
    ]
}
