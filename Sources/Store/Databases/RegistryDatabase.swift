import GRDB
import Model

/// `registry.db`: the tenants, and which number the children of each plugin run under, and the keys of backups.
struct RegistryDatabase: Sendable {
    let file: DatabaseFile
    /// Every request begins with one. As many as are ever asked for at a time.
    let records = Remembered<TenantID, Tenant>(of: ["tenant"], limit: 4096)

    /// `more` are the steps of other modules.
    init(_ folder: StoreFolder, more: [MigrationStep] = []) throws(Problem) {
        file = try DatabaseFile(folder.registryPath, named: "the registry", steps: Self.steps + more)
        // Small, and everything depends on it: a damaged page shall not be found in the middle of the work.
        try file.verify()
        records.observe(file)
    }

    static let steps = [
        MigrationStep("1 tenants and identities") { database in
            try database.execute(
                sql: """
                    CREATE TABLE tenant (
                        id TEXT PRIMARY KEY NOT NULL,
                        name TEXT,
                        created INTEGER NOT NULL,
                        memory INTEGER NOT NULL,
                        processes INTEGER NOT NULL,
                        cpu REAL NOT NULL,
                        cpuWeight INTEGER NOT NULL,
                        disk INTEGER NOT NULL,
                        state TEXT NOT NULL CHECK (state IN ('active', 'deleting'))
                    ) STRICT;
                    CREATE TABLE identity (
                        tenant TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
                        plugin TEXT NOT NULL,
                        slot INTEGER NOT NULL UNIQUE CHECK (slot >= 0),
                        PRIMARY KEY (tenant, plugin)
                    ) STRICT;
                    """)
        }
    ] + backupSteps
}
