package import Model

/// A person of a tenant or of the platform.
package struct PersonReport: Hashable, Sendable {
    package var id: PersonID
    /// The one to which the person belongs; nil for the platform's.
    package var tenant: TenantID?
    package var email: String
    package var name: String
    package var role: String
    /// When, as RFC 3339 in UTC, as the others.
    package var created: String
    package var lastLogin: String?
    /// Whether a code is asked for beside the password.
    package var hasSecondFactor: Bool

    package init(
        id: PersonID, tenant: TenantID?, email: String, name: String,
        role: String, created: String, lastLogin: String?, hasSecondFactor: Bool
    ) {
        self.id = id
        self.tenant = tenant
        self.email = email
        self.name = name
        self.role = role
        self.created = created
        self.lastLogin = lastLogin
        self.hasSecondFactor = hasSecondFactor
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "person")
        let tenant = try reply["tenant"]?.string.map { (text) throws(Problem) in try TenantID(text) }
        self.init(
            id: try PersonID(try reply.string("id")), tenant: tenant, email: try reply.string("email"), name: try reply.string("name"),
            role: try reply.string("role"), created: try reply.string("created"), lastLogin: reply["lastLogin"]?.string, hasSecondFactor: try reply.bool("secondFactor"))
    }

    package var json: JSONValue {
        [
            "id": .string(id.rawValue), "tenant": JSONValue(tenant?.rawValue), "email": .string(email), "name": .string(name),
            "role": .string(role), "created": .string(created), "lastLogin": JSONValue(lastLogin), "secondFactor": .bool(hasSecondFactor),
        ]
    }

    /// The reply of `person/list`.
    package static func list(_ value: JSONValue) throws(Problem) -> [PersonReport] {
        try ReplyReader(value, "person list").list("people", PersonReport.init)
    }

    package static func json(_ list: [PersonReport]) -> JSONValue { ["people": .array(list.map(\.json))] }
}
