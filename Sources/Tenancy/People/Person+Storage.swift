import GRDB
import Model
package import Store

extension Person {
    /// Persons as the database of their tenant has them; the registry has the platform's.
    package static let tenantSteps = [
        MigrationStep("people 1 persons") { database in try createTables(database) }
    ]

    package static let registrySteps = [
        MigrationStep("people 1 persons") { database in try createTables(database) },
        MigrationStep("people 2 invitations and sessions") { database in
            try database.execute(
                sql: """
                    CREATE TABLE invitation (
                        id TEXT PRIMARY KEY NOT NULL,
                        tenant TEXT REFERENCES tenant (id) ON DELETE CASCADE,
                        email TEXT NOT NULL,
                        role TEXT NOT NULL,
                        digest TEXT NOT NULL UNIQUE,
                        created INTEGER NOT NULL,
                        createdBy TEXT NOT NULL,
                        expires INTEGER NOT NULL
                    ) STRICT;
                    CREATE INDEX invitationTenant ON invitation (tenant, email);
                    CREATE TABLE session (
                        id TEXT PRIMARY KEY NOT NULL,
                        tenant TEXT REFERENCES tenant (id) ON DELETE CASCADE,
                        person TEXT NOT NULL,
                        generation INTEGER NOT NULL,
                        digest TEXT NOT NULL UNIQUE,
                        created INTEGER NOT NULL,
                        lastUsed INTEGER NOT NULL,
                        expires INTEGER NOT NULL,
                        address TEXT NOT NULL,
                        agent TEXT NOT NULL
                    ) STRICT;
                    CREATE INDEX sessionPerson ON session (tenant, person);
                    CREATE TABLE loginAttempt (
                        subject TEXT PRIMARY KEY NOT NULL,
                        count INTEGER NOT NULL,
                        began INTEGER NOT NULL
                    ) STRICT;
                    CREATE INDEX loginAttemptBegan ON loginAttempt (began);
                    """)
        },
    ]

    private static func createTables(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE person (
                    id TEXT PRIMARY KEY NOT NULL,
                    email TEXT NOT NULL UNIQUE,
                    name TEXT NOT NULL,
                    role TEXT NOT NULL,
                    created INTEGER NOT NULL,
                    lastLogin INTEGER,
                    generation INTEGER NOT NULL,
                    password TEXT NOT NULL,
                    secondFactor BLOB,
                    pendingSecondFactor BLOB,
                    lastStep INTEGER NOT NULL DEFAULT 0
                ) STRICT;
                CREATE TABLE recoveryCode (
                    digest TEXT PRIMARY KEY NOT NULL,
                    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE
                ) STRICT;
                """)
    }

    init(_ row: Row, in tenant: TenantID?) throws(Problem) {
        // A role that a newer daemon knew, or one of the other side, opens nothing here.
        guard let id = PersonID(rawValue: row["id"]), let role = Role(rawValue: row["role"]),
            role.isOfPlatform == (tenant == nil)
        else {
            throw Problem(.internalFault, "the database holds a person that none can be", hint: "restore it from a backup")
        }
        self.init(
            id: id, tenant: tenant, email: try EmailAddress(row["email"]), name: row["name"], role: role,
            created: row["created"], lastLogin: row["lastLogin"], hasPassword: row["password"] != "", hasSecondFactor: row["secondFactor"] != nil,
            isActive: row["active"], generation: row["generation"])
    }

    /// The person, or `notFound`.
    static func isThere(_ id: PersonID, _ database: Database) throws -> Bool {
        try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM person WHERE id = ?)", arguments: [id.rawValue]) ?? false
    }

    static func find(_ id: PersonID, in tenant: TenantID?, _ database: Database) throws -> Person {
        let row = try Row.fetchOne(database, sql: "SELECT * FROM person WHERE id = ?", arguments: [id.rawValue])
        guard let row else {
            throw Problem(.notFound, "person not found: \(id)", hint: "cloister person list shows all")
        }
        return try Person(row, in: tenant)
    }

    /// One that no earlier session has.
    static func newGeneration() -> Int64 { .random(in: .min ... .max) }
}
