package import GRDB
package import Model
package import Store

/// What plugins keep with the host: the schema of it, and its end.
package enum PluginStorageSchema {
    /// What the tenants' databases need for it.
    package static let steps = [
        MigrationStep("plugins 3 storage") { database in
            try database.execute(
                sql: """
                    CREATE TABLE pluginStorage (
                        plugin TEXT NOT NULL,
                        key TEXT NOT NULL,
                        value BLOB NOT NULL,
                        PRIMARY KEY (plugin, key)
                    ) STRICT;
                    CREATE TABLE pluginStorageTotal (
                        plugin TEXT PRIMARY KEY NOT NULL,
                        keys INTEGER NOT NULL,
                        bytes INTEGER NOT NULL
                    ) STRICT;
                    """)
        }
    ]

    /// Removes everything that a plugin keeps. Inside a transaction of the caller's.
    package static func remove(_ plugin: PluginID, from database: Database) throws {
        for table in ["pluginStorage", "pluginStorageTotal"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE plugin = ?", arguments: [plugin.rawValue])
        }
    }
}
