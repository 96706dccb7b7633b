import GRDB
import Model
import Store

/// What a tenant's database says about operations that have begun and not ended.
enum LifecycleJournal {
    struct Entry: Sendable {
        let plugin: PluginID
        let operation: LifecycleOperation
    }

    static let steps = [
        MigrationStep("plugins 3 packages") { database in
            try database.execute(
                sql: """
                    ALTER TABLE pluginRegistration ADD COLUMN digest TEXT;
                    ALTER TABLE pluginRegistration ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1;
                    ALTER TABLE pluginRegistration ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE pluginRegistration ADD COLUMN problem TEXT;
                    ALTER TABLE pluginRegistration ADD COLUMN notice TEXT;
                    CREATE TABLE pluginRelease (
                        plugin TEXT NOT NULL,
                        digest TEXT NOT NULL,
                        version TEXT NOT NULL,
                        role TEXT NOT NULL CHECK (role IN ('current', 'previous', 'pending')),
                        configuration TEXT NOT NULL,
                        signers TEXT NOT NULL,
                        sequence INTEGER NOT NULL,
                        PRIMARY KEY (plugin, digest)
                    ) STRICT;
                    CREATE TABLE pluginIntent (
                        plugin TEXT PRIMARY KEY NOT NULL,
                        operation TEXT NOT NULL,
                        detail TEXT NOT NULL
                    ) STRICT;
                    """)
        }
    ]

    static func entries(in store: TenantStore) async throws(Problem) -> [Entry] {
        try await store.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM pluginIntent ORDER BY plugin").map { row in
                let detail: String = row["detail"]
                guard let plugin = PluginID(rawValue: row["plugin"]),
                    let operation = LifecycleOperation(row["operation"], try JSONValue.parse(detail, as: "stored intent"))
                else { throw Problem(.internalFault, "the tenant's database holds an intent that none can be") }
                return Entry(plugin: plugin, operation: operation)
            }
        }
    }

    /// Throws `conflict` where another operation of the plugin has not ended.
    static func record(
        _ operation: LifecycleOperation, of plugin: PluginID, in store: TenantStore
    ) async throws(Problem) {
        try await store.write { database in
            let other = try String.fetchOne(
                database, sql: "SELECT operation FROM pluginIntent WHERE plugin = ?", arguments: [plugin.rawValue])
            // An uninstallation that stopped half way is begun again by asking for it again.
            guard other == nil || other == operation.name && operation.name == "uninstall" else {
                throw Problem(
                    .conflict, "plugin \(plugin): another change is under way: \(other ?? "")",
                    hint: "where it stopped half way, `cloister plugin uninstall \(plugin)` finishes it")
            }
            try database.execute(
                sql: "INSERT OR REPLACE INTO pluginIntent (plugin, operation, detail) VALUES (?, ?, ?)",
                arguments: [plugin.rawValue, operation.name, operation.json.compactText])
        }
    }

    static func drop(_ plugin: PluginID, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM pluginIntent WHERE plugin = ?", arguments: [plugin.rawValue])
    }
}
