package import GRDB
package import Store

/// What the tenants' databases need for definitions of workflows.
package enum WorkflowTables {
    package static let steps = [
        MigrationStep("workflows definitions 1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE workflow (
                        id TEXT PRIMARY KEY NOT NULL,
                        name TEXT NOT NULL,
                        description TEXT NOT NULL,
                        search TEXT NOT NULL,
                        status TEXT NOT NULL CHECK (status IN ('draft', 'inactive', 'active')),
                        revision INTEGER NOT NULL,
                        draft TEXT NOT NULL,
                        draftDigest TEXT NOT NULL,
                        findings TEXT NOT NULL,
                        faults INTEGER NOT NULL,
                        version INTEGER,
                        created INTEGER NOT NULL,
                        createdBy TEXT NOT NULL,
                        changed INTEGER NOT NULL,
                        changedBy TEXT NOT NULL,
                        lockHolder TEXT,
                        lockExpires INTEGER
                    ) STRICT;
                    CREATE TABLE workflowVersion (
                        workflow TEXT NOT NULL REFERENCES workflow (id) ON DELETE CASCADE,
                        number INTEGER NOT NULL,
                        digest TEXT NOT NULL,
                        author TEXT NOT NULL,
                        note TEXT,
                        published INTEGER NOT NULL,
                        definition TEXT NOT NULL,
                        PRIMARY KEY (workflow, number)
                    ) STRICT;
                    CREATE TABLE workflowStart (
                        workflow TEXT NOT NULL REFERENCES workflow (id) ON DELETE CASCADE,
                        source TEXT NOT NULL,
                        target TEXT NOT NULL,
                        PRIMARY KEY (workflow, source, target)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX workflowStartBySource ON workflowStart (source);
                    CREATE INDEX workflowStartByTarget ON workflowStart (target);
                    """)
        }
    ]

    /// Links to versions. One goes with its version.
    package static let linkSteps = [
        MigrationStep("workflows definitions 2 links") { database in
            try database.execute(
                sql: """
                    CREATE TABLE workflowLink (
                        id TEXT PRIMARY KEY NOT NULL,
                        workflow TEXT NOT NULL,
                        version INTEGER NOT NULL,
                        digest TEXT UNIQUE NOT NULL,
                        created INTEGER NOT NULL,
                        createdBy TEXT NOT NULL,
                        expires INTEGER NOT NULL,
                        uses INTEGER NOT NULL,
                        lastUse INTEGER,
                        FOREIGN KEY (workflow, version) REFERENCES workflowVersion (workflow, number) ON DELETE CASCADE
                    ) STRICT;
                    CREATE INDEX workflowLinkByVersion ON workflowLink (workflow, version);
                    """)
        }
    ]

    /// Takes the links from a tenant that comes back from a backup or an export: one that was revoked since must not open
    /// anything again, and a copy is not what its maker shared.
    package static func comesBack(_ database: Database) throws {
        try database.execute(sql: "DELETE FROM workflowLink")
    }
}
