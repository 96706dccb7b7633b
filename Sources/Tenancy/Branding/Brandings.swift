import GRDB
package import Model
package import Store

/// The brandings of tenants, each in its tenant's own database.
package struct Brandings: Sendable {
    package static let steps = [
        MigrationStep("tenancy 1 branding") { database in
            try database.execute(
                sql: """
                    CREATE TABLE branding (
                        one INTEGER PRIMARY KEY CHECK (one = 1),
                        document TEXT NOT NULL,
                        changed INTEGER NOT NULL
                    ) STRICT
                    """)
        }
    ]

    let store: Store

    package init(_ store: Store) { self.store = store }

    /// The standard's where the tenant has chosen nothing.
    package func branding(of tenant: TenantID) async throws(Problem) -> Branding {
        let text = try await store.tenant(tenant).read { database in
            try String.fetchOne(database, sql: "SELECT document FROM branding")
        }
        guard let text else { return Branding() }
        do throws(Problem) {
            return try Branding(try JSONValue.parse(Array(text.utf8)))
        } catch {
            throw Problem(
                .internalFault, "the branding of tenant \(tenant) cannot be read", hint: "set it anew", cause: error.message)
        }
    }

    /// Sets the whole in place of what was there.
    package func set(_ branding: Branding, of tenant: TenantID) async throws(Problem) {
        let (text, now) = (branding.json.compactText, Moment.now)
        try await store.tenant(tenant).write { database in
            try database.execute(
                sql: """
                    INSERT INTO branding (one, document, changed) VALUES (1, ?, ?)
                    ON CONFLICT (one) DO UPDATE SET document = excluded.document, changed = excluded.changed
                    """,
                arguments: [text, now])
        }
    }
}
