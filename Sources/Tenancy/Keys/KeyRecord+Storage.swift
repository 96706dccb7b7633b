import GRDB
import Model
package import Store

extension KeyRecord {
    /// The part of the registry's schema that belongs to keys.
    package static let steps = [
        MigrationStep("2 keys") { database in
            try database.execute(
                sql: """
                    CREATE TABLE apiKey (
                        id TEXT PRIMARY KEY NOT NULL,
                        name TEXT NOT NULL,
                        tenant TEXT REFERENCES tenant (id) ON DELETE CASCADE,
                        scopes TEXT NOT NULL,
                        start TEXT NOT NULL,
                        digest TEXT NOT NULL UNIQUE,
                        created INTEGER NOT NULL,
                        createdBy TEXT NOT NULL,
                        expires INTEGER,
                        lastUsed INTEGER
                    ) STRICT;
                    CREATE INDEX apiKeyTenant ON apiKey (tenant);
                    """)
        }
    ]

    init(_ row: Row) throws(Problem) {
        let tenant: String? = row["tenant"]
        guard let id = KeyID(rawValue: row["id"]), tenant == nil || tenant.flatMap(TenantID.init(rawValue:)) != nil else {
            throw Problem(.internalFault, "the registry holds a key that none can be", hint: "restore it from a backup")
        }
        let scopes: String = row["scopes"]
        self.init(
            id: id, name: row["name"], tenant: tenant.flatMap(TenantID.init(rawValue:)),
            // A scope that a newer daemon knew opens nothing in this one.
            scopes: Set(scopes.split(separator: " ").compactMap { Scope(rawValue: String($0)) }), start: row["start"],
            created: row["created"], createdBy: row["createdBy"], expires: row["expires"], lastUsed: row["lastUsed"])
    }

    func insert(digest: String, into database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO apiKey (id, name, tenant, scopes, start, digest, created, createdBy, expires)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id.rawValue, name, tenant?.rawValue, scopes.sorted().map(\.rawValue).joined(separator: " "), start,
                digest, created, createdBy, expires,
            ])
    }
}
