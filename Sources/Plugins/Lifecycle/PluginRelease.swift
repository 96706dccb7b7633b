import GRDB
package import Model
package import Store

/// A version of a plugin that a tenant has on the shelf: the one in force, one it can go back to, or one that waits for
/// somebody's consent.
package struct PluginRelease: Hashable, Sendable {
    package enum Role: String, Sendable {
        case current, previous, pending
    }

    /// How many earlier versions stay on the shelf, so that going back needs no network.
    package static let previousKept = 2

    package let digest: BlobDigest
    package let version: Version
    package let role: Role
    /// Names of the keys that had signed it when it came, by the host's trust policy.
    package let signers: [String]
    /// The configuration that it came into force with.
    package let configuration: JSONValue
}

extension PluginRelease {
    init(_ row: Row) throws {
        guard let digest = BlobDigest(row["digest"] as String), let version = Version(parsing: row["version"]),
            let role = Role(rawValue: row["role"])
        else { throw Problem(.internalFault, "the tenant's database holds a release that none can be") }
        let signers: String = row["signers"]
        let configuration: String = row["configuration"]
        self.init(
            digest: digest, version: version, role: role,
            signers: (try JSONValue.parse(signers, as: "stored signers").array ?? []).compactMap(\.string),
            configuration: try JSONValue.parse(configuration, as: "stored configuration of a release"))
    }

    /// The releases of a plugin, the newest first.
    static func all(of plugin: PluginID, _ database: Database) throws -> [PluginRelease] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM pluginRelease WHERE plugin = ? ORDER BY sequence DESC",
            arguments: [plugin.rawValue]
        ).map { try PluginRelease($0) }
    }

    package static func all(of plugin: PluginID, in store: TenantStore) async throws(Problem) -> [PluginRelease] {
        try await store.read { try all(of: plugin, $0) }
    }

    /// The packages that a tenant needs on the shelf.
    static func digests(in store: TenantStore) async throws(Problem) -> Set<BlobDigest> {
        try await store.read { database in
            Set(try String.fetchAll(database, sql: "SELECT digest FROM pluginRelease").compactMap { BlobDigest($0) })
        }
    }

    /// Puts a version in force: the one before becomes a previous one, of which the oldest go, and what waited is settled.
    static func putInForce(
        _ digest: BlobDigest, _ version: Version, _ signers: [String], _ configuration: JSONValue, of plugin: PluginID,
        _ database: Database
    ) throws {
        try database.execute(
            sql: "UPDATE pluginRelease SET role = 'previous' WHERE plugin = ? AND role = 'current'",
            arguments: [plugin.rawValue])
        try database.execute(
            sql: "DELETE FROM pluginRelease WHERE plugin = ? AND role = 'pending'", arguments: [plugin.rawValue])
        try insert(digest, version, .current, signers, configuration, of: plugin, database)
        try database.execute(
            sql: """
                DELETE FROM pluginRelease WHERE plugin = ? AND role = 'previous' AND digest NOT IN (
                    SELECT digest FROM pluginRelease WHERE plugin = ? AND role = 'previous'
                    ORDER BY sequence DESC LIMIT \(previousKept))
                """, arguments: [plugin.rawValue, plugin.rawValue])
    }

    /// Keeps a version that waits, in place of one that waited before.
    static func setAside(
        _ digest: BlobDigest, _ version: Version, _ signers: [String], _ configuration: JSONValue, of plugin: PluginID,
        _ database: Database
    ) throws {
        try database.execute(
            sql: "DELETE FROM pluginRelease WHERE plugin = ? AND role = 'pending'", arguments: [plugin.rawValue])
        try insert(digest, version, .pending, signers, configuration, of: plugin, database)
    }

    private static func insert(
        _ digest: BlobDigest, _ version: Version, _ role: Role, _ signers: [String], _ configuration: JSONValue,
        of plugin: PluginID, _ database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO pluginRelease (plugin, digest, version, role, signers, configuration, sequence)
                VALUES (?, ?, ?, ?, ?, ?, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM pluginRelease WHERE plugin = ?))
                """,
            arguments: [
                plugin.rawValue, digest.description, version.description, role.rawValue,
                JSONValue.array(signers.map(JSONValue.string)).compactText, configuration.compactText, plugin.rawValue,
            ])
    }
}
