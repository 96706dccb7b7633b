import FoundationEssentials
import GRDB
import Model
import Store

/// The key-value store of one plugin in one tenant. Values are JSON texts and come back byte by byte.
struct PluginStorage: Sendable {
    static let keyLimit = 512
    static let valueLimit = ByteSize.mebibytes(1)
    static let keys = 100_000
    static let size = ByteSize.mebibytes(64)
    static let pageLimit = 1000

    let plugin: PluginID
    let tenant: TenantStore

    struct Page: Sendable {
        let keys: [String]
        /// Where the next page begins; nil at the end.
        let cursor: String?
    }

    func value(of key: String) async throws(Problem) -> [UInt8]? {
        let plugin = plugin
        return try await tenant.read { database in
            try Data.fetchOne(
                database, sql: "SELECT value FROM pluginStorage WHERE plugin = ? AND key = ?",
                arguments: [plugin.rawValue, key]
            ).map { Array($0) }
        }
    }

    /// Keeps a value in place of the earlier one; on disk when this returns.
    func put(_ value: [UInt8], at key: String) async throws(Problem) {
        let plugin = plugin
        try await tenant.write { database in
            let old = try Self.length(of: key, of: plugin, database)
            let (keys, bytes) = try Self.total(of: plugin, database)
            let added = value.count + key.utf8.count - (old ?? 0)
            guard old != nil || keys < Self.keys else {
                throw Problem(
                    .quotaExceeded, "storage of plugin \(plugin): \(Self.keys) keys", hint: "delete keys that are no longer needed")
            }
            guard bytes + added <= Int(Self.size.bytes) else {
                throw Problem(
                    .quotaExceeded, "storage of plugin \(plugin): larger than \(Self.size)",
                    hint: "delete keys that are no longer needed, or keep files in /data")
            }
            try database.execute(
                sql: """
                    INSERT INTO pluginStorage (plugin, key, value) VALUES (?, ?, ?)
                    ON CONFLICT (plugin, key) DO UPDATE SET value = excluded.value
                    """,
                arguments: [plugin.rawValue, key, Data(value)])
            try Self.setTotal(of: plugin, keys + (old == nil ? 1 : 0), bytes + added, database)
        }
    }

    /// Whether there was something to delete.
    func delete(_ key: String) async throws(Problem) -> Bool {
        let plugin = plugin
        return try await tenant.write { database in
            guard let old = try Self.length(of: key, of: plugin, database) else { return false }
            let (keys, bytes) = try Self.total(of: plugin, database)
            try database.execute(
                sql: "DELETE FROM pluginStorage WHERE plugin = ? AND key = ?", arguments: [plugin.rawValue, key])
            try Self.setTotal(of: plugin, keys - 1, bytes - old, database)
            return true
        }
    }

    /// Keys that begin with `prefix`, in the order of their bytes, from behind `cursor` on.
    func keys(below prefix: String, after cursor: String?, limit: Int) async throws(Problem) -> Page {
        let plugin = plugin
        return try await tenant.read { database in
            var keys = try String.fetchAll(
                database,
                sql: "SELECT key FROM pluginStorage WHERE plugin = ? AND key >= ? AND key > ? ORDER BY key LIMIT ?",
                arguments: [plugin.rawValue, prefix, cursor ?? "", limit + 1])
            keys = Array(keys.prefix { $0.utf8.starts(with: prefix.utf8) })
            guard keys.count > limit else { return Page(keys: keys, cursor: nil) }
            keys.removeLast()
            return Page(keys: keys, cursor: keys.last)
        }
    }

    private static func length(of key: String, of plugin: PluginID, _ database: Database) throws -> Int? {
        try Int.fetchOne(
            database, sql: "SELECT length(value) FROM pluginStorage WHERE plugin = ? AND key = ?",
            arguments: [plugin.rawValue, key]
        ).map { $0 + key.utf8.count }
    }

    private static func total(of plugin: PluginID, _ database: Database) throws -> (keys: Int, bytes: Int) {
        let row = try Row.fetchOne(
            database, sql: "SELECT keys, bytes FROM pluginStorageTotal WHERE plugin = ?", arguments: [plugin.rawValue])
        return row.map { ($0["keys"], $0["bytes"]) } ?? (0, 0)
    }

    private static func setTotal(of plugin: PluginID, _ keys: Int, _ bytes: Int, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO pluginStorageTotal (plugin, keys, bytes) VALUES (?, ?, ?)
                ON CONFLICT (plugin) DO UPDATE SET keys = excluded.keys, bytes = excluded.bytes
                """,
            arguments: [plugin.rawValue, keys, bytes])
    }
}
