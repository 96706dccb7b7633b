import FoundationEssentials
package import GRDB
package import Model
package import Store

extension IdentityProvider {
    /// In the tenant's database: whom it trusts goes where its people go.
    package static let steps = [
        MigrationStep("sign-in 1 providers and identities") { database in
            try database.execute(
                sql: """
                    CREATE TABLE identityProvider (
                        one INTEGER PRIMARY KEY CHECK (one = 1),
                        name TEXT NOT NULL,
                        issuer TEXT NOT NULL,
                        client TEXT NOT NULL,
                        secret BLOB NOT NULL,
                        domains TEXT NOT NULL,
                        role TEXT,
                        roles TEXT NOT NULL,
                        changed INTEGER NOT NULL,
                        changedBy TEXT NOT NULL
                    ) STRICT;
                    CREATE TABLE identity (
                        issuer TEXT NOT NULL,
                        subject TEXT NOT NULL,
                        person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
                        created INTEGER NOT NULL,
                        PRIMARY KEY (issuer, subject)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX identityPerson ON identity (person);
                    """)
        }
    ]

    package static let groupSteps = [
        MigrationStep("sign-in 2 groups") { database in
            try database.execute(sql: "ALTER TABLE identityProvider ADD COLUMN groupRoles TEXT")
        }
    ]

    /// A role that a newer daemon knew lets nobody in.
    init(_ row: Row) {
        let domains: String = row["domains"]
        let roles: String = row["roles"]
        self.init(
            name: row["name"], issuer: row["issuer"], client: row["client"],
            domains: domains.split(separator: " ").map(String.init), role: (row["role"] as String?).flatMap(Role.init(rawValue:)),
            roles: Set(roles.split(separator: " ").compactMap { Role(rawValue: String($0)) }),
            groups: GroupRoles(stored: row["groupRoles"]), changed: row["changed"], changedBy: row["changedBy"])
    }

    func save(secret: [UInt8], in database: Database) throws {
        try database.execute(
            sql: """
                INSERT OR REPLACE INTO identityProvider
                    (one, name, issuer, client, secret, domains, role, roles, groupRoles, changed, changedBy)
                VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                name, issuer, client, Data(secret), domains.joined(separator: " "), role?.rawValue,
                roles.map(\.rawValue).sorted().joined(separator: " "),
                groups.isEmpty ? nil : groups.json.compactText, changed, changedBy,
            ])
    }

    /// For what a tenant's client secret is sealed.
    static func place(in tenant: TenantID) -> String { "sign-in/\(tenant)/client-secret" }

    /// Within a daemon the copy has the provider, and its secret is sealed anew. One that cannot be opened is left out:
    /// people log in with passwords until an owner sets it again.
    package static func reseal(
        _ database: Database, from source: TenantID, to target: TenantID, _ sealing: any Sealing
    ) throws {
        guard let sealed = try Data.fetchOne(database, sql: "SELECT secret FROM identityProvider") else { return }
        guard let secret = try? sealing.open(Array(sealed), for: place(in: source)) else {
            return try database.execute(sql: "DELETE FROM identityProvider")
        }
        try database.execute(
            sql: "UPDATE identityProvider SET secret = ?", arguments: [Data(try sealing.seal(secret, for: place(in: target)))])
    }

    /// From elsewhere nobody comes along who says who people are.
    package static func clear(_ database: Database) throws {
        try database.execute(sql: "DELETE FROM identity; DELETE FROM identityProvider")
    }
}
