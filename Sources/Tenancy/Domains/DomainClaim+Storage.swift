import GRDB
import Model
package import Store

extension DomainClaim {
    /// The part of the registry's schema that belongs to domains.
    package static let steps = [
        MigrationStep("5 domains") { database in
            try database.execute(
                sql: """
                    CREATE TABLE domain (
                        name TEXT NOT NULL,
                        tenant TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
                        kind TEXT NOT NULL CHECK (kind IN ('subdomain', 'custom')),
                        state TEXT NOT NULL,
                        token TEXT NOT NULL,
                        created INTEGER NOT NULL,
                        since INTEGER NOT NULL,
                        checked INTEGER,
                        reason TEXT,
                        PRIMARY KEY (name, tenant)
                    ) STRICT;
                    CREATE INDEX domainTenant ON domain (tenant);
                    """)
        }
    ]

    package static let certificateSteps = [
        MigrationStep("domains 2 certificates") { database in
            try database.execute(
                sql: """
                    ALTER TABLE domain ADD COLUMN issuer TEXT;
                    ALTER TABLE domain ADD COLUMN validUntil INTEGER;
                    ALTER TABLE domain ADD COLUMN inspected INTEGER;
                    ALTER TABLE domain ADD COLUMN fault TEXT;
                    """)
        }
    ]

    init(_ row: Row) throws(Problem) {
        guard let tenant = TenantID(rawValue: row["tenant"]), let kind = Kind(rawValue: row["kind"]),
            let state = DomainState(rawValue: row["state"])
        else {
            throw Problem(.internalFault, "the registry holds a domain that none can be", hint: "restore it from a backup")
        }
        self.init(
            name: try DomainName(row["name"]), tenant: tenant, kind: kind, state: state, token: row["token"], created: row["created"],
            since: row["since"], checked: row["checked"], reason: row["reason"])
        if let issuer = row["issuer"] as String?, let end = row["validUntil"] as Int64? {
            certificate = DomainCertificate(issuer: issuer, validUntil: end)
        }
        inspected = row["inspected"]
        fault = row["fault"]
    }

    func insert(into database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO domain (name, tenant, kind, state, token, created, since, checked, reason)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                name.description, tenant.rawValue, kind.rawValue, state.rawValue, token, created, since, checked, reason,
            ])
    }

    func update(in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE domain SET state = ?, since = ?, checked = ?, reason = ?, issuer = ?, validUntil = ?, inspected = ?, fault = ?
                WHERE name = ? AND tenant = ?
                """,
            arguments: [
                state.rawValue, since, checked, reason, certificate?.issuer, certificate?.validUntil, inspected, fault,
                name.description, tenant.rawValue,
            ])
    }

    static func all(in database: Database) throws -> [DomainClaim] {
        try Row.fetchAll(database, sql: "SELECT * FROM domain").map { try DomainClaim($0) }
    }

    static func all(of name: DomainName, in database: Database) throws -> [DomainClaim] {
        try Row.fetchAll(database, sql: "SELECT * FROM domain WHERE name = ? ORDER BY created", arguments: [name.description])
            .map { try DomainClaim($0) }
    }
}
