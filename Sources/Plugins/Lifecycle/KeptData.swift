import GRDB
import Model
package import Store

/// Data that a plugin left behind when it was uninstalled, and who had signed the version that wrote it last: whoever
/// installs another package of that id would find it.
package struct KeptData: Hashable, Sendable {
    /// The version that was in force.
    let version: String
    /// Names of the keys that had signed it, by the host's trust policy.
    let signers: [String]

    package static let steps = [
        MigrationStep("plugins 10 kept data") { database in
            try database.execute(
                sql: """
                    CREATE TABLE pluginKept (
                        plugin TEXT PRIMARY KEY NOT NULL,
                        version TEXT NOT NULL,
                        signers TEXT NOT NULL
                    ) STRICT;
                    """)
        }
    ]

    static func find(_ plugin: PluginID, in store: TenantStore) async throws(Problem) -> KeptData? {
        try await store.read { database in
            let row = try Row.fetchOne(
                database, sql: "SELECT version, signers FROM pluginKept WHERE plugin = ?", arguments: [plugin.rawValue])
            guard let row else { return nil }
            let (version, signers): (String, String) = (row["version"], row["signers"])
            return KeptData(
                version: version, signers: (try JSONValue.parse(signers, as: "stored signers").array ?? []).compactMap(\.string))
        }
    }

    /// Remembers the version in force of a plugin that is about to be forgotten. One that ran from a folder has none, and what
    /// was remembered before stays.
    static func remember(_ plugin: PluginID, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO pluginKept (plugin, version, signers)
                SELECT plugin, version, signers FROM pluginRelease WHERE plugin = ? AND role = 'current'
                """, arguments: [plugin.rawValue])
    }

    /// As `remember`, for all plugins that are there.
    static func rememberAll(_ database: Database) throws {
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO pluginKept (plugin, version, signers)
                SELECT plugin, version, signers FROM pluginRelease WHERE role = 'current'
                """)
    }

    /// The data is gone, or a version in force says whose it is.
    static func forget(_ plugin: PluginID, _ database: Database) throws {
        try database.execute(sql: "DELETE FROM pluginKept WHERE plugin = ?", arguments: [plugin.rawValue])
    }
}
