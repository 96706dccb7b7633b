package import GRDB
package import Model
package import Store

extension Grant {
    /// What the tenants' databases need for grants.
    package static let steps = [
        MigrationStep("plugins 2 grants") { database in
            try database.execute(
                sql: """
                    CREATE TABLE pluginGrant (
                        plugin TEXT PRIMARY KEY NOT NULL,
                        permissions TEXT NOT NULL,
                        requested TEXT NOT NULL,
                        requestHash TEXT NOT NULL,
                        version TEXT NOT NULL,
                        consentedBy TEXT NOT NULL,
                        consented INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE pluginGrantUse (
                        plugin TEXT NOT NULL,
                        resource TEXT NOT NULL,
                        action TEXT NOT NULL,
                        subject TEXT NOT NULL,
                        largest INTEGER NOT NULL,
                        allowed INTEGER NOT NULL,
                        refused INTEGER NOT NULL,
                        last INTEGER NOT NULL,
                        PRIMARY KEY (plugin, resource, action, subject)
                    ) STRICT;
                    """)
        }
    ]

    /// Which package and which profile somebody consented to.
    package static let consentSteps = [
        MigrationStep("plugins 9 what was consented to") { database in
            try database.execute(
                sql: """
                    ALTER TABLE pluginGrant ADD COLUMN digest TEXT;
                    ALTER TABLE pluginGrant ADD COLUMN profile TEXT;
                    """)
        }
    ]

    /// The grant of a plugin, nil where nobody has consented to anything.
    package static func find(_ plugin: PluginID, in store: TenantStore) async throws(Problem) -> Grant? {
        try await store.read { try find(plugin, $0) }
    }

    static func find(_ plugin: PluginID, _ database: Database) throws -> Grant? {
        try Row.fetchOne(database, sql: "SELECT * FROM pluginGrant WHERE plugin = ?", arguments: [plugin.rawValue])
            .map { try Grant($0) }
    }

    /// Keeps the grant in place of an earlier one. Inside a transaction of the caller's.
    package func write(to database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO pluginGrant (
                    plugin, permissions, requested, requestHash, version, consentedBy, consented, digest, profile)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (plugin) DO UPDATE SET permissions = excluded.permissions, requested = excluded.requested,
                    requestHash = excluded.requestHash, version = excluded.version, consentedBy = excluded.consentedBy,
                    consented = excluded.consented, digest = excluded.digest, profile = excluded.profile
                """,
            arguments: [
                plugin.rawValue, JSONValue.array(permissions.map(\.json)).compactText,
                JSONValue.array(requested.map(\.json)).compactText, hash, version, consentedBy, consented,
                digest?.description, profile,
            ])
    }

    /// Forgets what was granted to a plugin and what it used. Inside a transaction of the caller's.
    package static func remove(_ plugin: PluginID, from database: Database) throws {
        for table in ["pluginGrant", "pluginGrantUse"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE plugin = ?", arguments: [plugin.rawValue])
        }
    }

    private init(_ row: Row) throws(Problem) {
        guard let plugin = PluginID(rawValue: row["plugin"]) else {
            throw Problem(.internalFault, "the tenant's database holds a grant of no plugin")
        }
        func permissions(_ column: String) throws(Problem) -> [Permission] {
            let text: String = row[column]
            var permissions: [Permission] = []
            for element in try JSONValue.parse(text, as: "stored grants of \(plugin)").array ?? [] {
                guard let permission = Permission(element) else {
                    throw Problem(.internalFault, "the tenant's database holds a permission that none can be", cause: "\(plugin)")
                }
                permissions.append(permission)
            }
            return permissions
        }
        let digest: String? = row["digest"]
        self.init(
            plugin: plugin, permissions: try permissions("permissions"), requested: try permissions("requested"),
            version: row["version"], digest: digest.flatMap { BlobDigest($0) }, profile: row["profile"],
            consentedBy: row["consentedBy"], consented: row["consented"])
    }
}
