import GRDB
package import Model

/// What the daemon keeps of an invitation: everything but its text.
package struct Invitation: Sendable, Hashable {
    package let id: InvitationID
    package let tenant: TenantID?
    package let email: EmailAddress
    package let role: Role
    /// In milliseconds since 1970 (UTC), as are the others.
    package let created: Int64
    package let createdBy: String
    package let expires: Int64

    package static let ordinaryDays = 7
    package static let mostDays = 30

    init(
        id: InvitationID, tenant: TenantID?, email: EmailAddress, role: Role, created: Int64, createdBy: String, expires: Int64
    ) {
        self.id = id
        self.tenant = tenant
        self.email = email
        self.role = role
        self.created = created
        self.createdBy = createdBy
        self.expires = expires
    }

    init(_ row: Row) throws(Problem) {
        let tenant: String? = row["tenant"]
        guard let id = InvitationID(rawValue: row["id"]), let role = Role(rawValue: row["role"]),
            tenant == nil || tenant.flatMap(TenantID.init(rawValue:)) != nil, role.isOfPlatform == (tenant == nil)
        else {
            throw Problem(.internalFault, "the registry holds an invitation that none can be", hint: "restore it from a backup")
        }
        self.init(
            id: id, tenant: tenant.flatMap(TenantID.init(rawValue:)), email: try EmailAddress(row["email"]), role: role,
            created: row["created"], createdBy: row["createdBy"], expires: row["expires"])
    }

    func insert(digest: String, into database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO invitation (id, tenant, email, role, digest, created, createdBy, expires)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id.rawValue, tenant?.rawValue, email.text, role.rawValue, digest, created, createdBy, expires,
            ])
    }
}
