import FoundationEssentials
import GRDB
package import Model
package import Store

extension Brandings {
    package static let logoSteps = [
        MigrationStep("tenancy 2 logo") { database in
            try database.execute(
                sql: """
                    CREATE TABLE logo (
                        one INTEGER PRIMARY KEY CHECK (one = 1),
                        png BLOB NOT NULL,
                        changed INTEGER NOT NULL
                    ) STRICT
                    """)
        }
    ]

    /// Nil where the tenant has none.
    package func logo(of tenant: TenantID) async throws(Problem) -> Logo? {
        try await store.tenant(tenant).read { database in
            guard let data = try Data.fetchOne(database, sql: "SELECT png FROM logo") else { return nil }
            // The database may have been brought from elsewhere.
            return try? Logo(rewritten: Array(data))
        }
    }

    package func set(_ logo: Logo, of tenant: TenantID) async throws(Problem) {
        let now = Moment.now
        try await store.tenant(tenant).write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO logo (one, png, changed) VALUES (1, ?, ?)", arguments: [Data(logo.png), now])
        }
    }

    /// Whether there was one.
    package func removeLogo(of tenant: TenantID) async throws(Problem) -> Bool {
        try await store.tenant(tenant).write { database in
            try database.execute(sql: "DELETE FROM logo")
            return database.changesCount > 0
        }
    }
}
