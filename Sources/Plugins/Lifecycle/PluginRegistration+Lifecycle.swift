import GRDB
import Model
import Store

/// The changes that the lifecycle makes to a tenant's database. Each runs inside a transaction of its caller.
extension PluginRegistration {
    /// Puts an installed plugin there, not enabled.
    static func insert(
        _ plugin: PluginID, _ digest: BlobDigest, configuration: JSONValue, _ database: Database
    ) throws {
        let now = Moment.now
        try database.execute(
            sql: """
                INSERT INTO pluginRegistration (plugin, folder, digest, configuration, enabled, registered, configured)
                VALUES (?, '', ?, ?, 0, ?, ?)
                """,
            arguments: [plugin.rawValue, digest.description, configuration.compactText, now, now])
    }

    /// Puts another version in force, with the configuration that its manifest was checked against.
    static func setVersion(
        _ digest: BlobDigest, configuration: JSONValue, of plugin: PluginID, _ database: Database
    ) throws {
        try database.execute(
            sql: """
                UPDATE pluginRegistration SET digest = :digest, configuration = :configuration, problem = NULL, notice = NULL,
                    configured = \(configured(":configuration", ":now"))
                WHERE plugin = :plugin
                """,
            arguments: [
                "digest": digest.description, "configuration": configuration.compactText, "now": Moment.now, "plugin": plugin.rawValue,
            ])
    }

    static func setConfiguration(_ configuration: JSONValue, of plugin: PluginID, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE pluginRegistration SET configuration = :configuration, problem = NULL,
                    configured = \(configured(":configuration", ":now"))
                WHERE plugin = :plugin
                """,
            arguments: ["configuration": configuration.compactText, "now": Moment.now, "plugin": plugin.rawValue])
    }

    static func setEnabled(_ isEnabled: Bool, problem: String?, of plugin: PluginID, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE pluginRegistration SET enabled = ?, problem = ? WHERE plugin = ?",
            arguments: [isEnabled, problem, plugin.rawValue])
    }

    static func setPinned(_ isPinned: Bool, of plugin: PluginID, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE pluginRegistration SET pinned = ? WHERE plugin = ?", arguments: [isPinned, plugin.rawValue])
    }

    static func setNotice(_ notice: String?, of plugin: PluginID, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE pluginRegistration SET notice = ? WHERE plugin = ?", arguments: [notice, plugin.rawValue])
    }

    /// Everything of a plugin but what its kind of data has a place of its own for.
    static func forget(_ plugin: PluginID, _ database: Database) throws {
        for table in ["pluginRegistration", "pluginRelease", "pluginIntent"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE plugin = ?", arguments: [plugin.rawValue])
        }
        try Grant.remove(plugin, from: database)
    }
}
