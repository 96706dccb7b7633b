import FoundationEssentials
package import GRDB
package import Model

/// What becomes of persons when the database of a tenant goes to another one.
extension People {
    /// Within a daemon the copy has its persons, and their second factors are sealed anew for it. One that cannot be opened
    /// stays as it is: nobody gets in without it, and an owner invites its person again.
    package static func reseal(
        _ database: Database, from source: TenantID, to target: TenantID, _ sealing: any Sealing
    ) throws {
        for row in try Row.fetchAll(database, sql: "SELECT id, secondFactor FROM person WHERE secondFactor IS NOT NULL") {
            let (id, sealed): (String, Data) = (row["id"], row["secondFactor"])
            guard let person = PersonID(rawValue: id), let secret = try? sealing.open(Array(sealed), for: place(of: person, in: source))
            else { continue }
            try database.execute(
                sql: "UPDATE person SET secondFactor = ? WHERE id = ?",
                arguments: [Data(try sealing.seal(secret, for: place(of: person, in: target))), id])
        }
        // What was only begun can be begun again.
        try database.execute(sql: "UPDATE person SET pendingSecondFactor = NULL")
    }

    /// From elsewhere nobody comes along: whoever wrote the file would have chosen who opens this tenant.
    package static func clear(_ database: Database) throws {
        try database.execute(sql: "DELETE FROM recoveryCode; DELETE FROM personGroup; DELETE FROM person")
    }

    /// For what a person's second factor is sealed.
    static func place(of person: PersonID, in tenant: TenantID?) -> String {
        "person/\(tenant?.rawValue ?? "")/\(person)/second-factor"
    }
}
