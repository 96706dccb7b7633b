package import Model

/// An invitation that can still be accepted.
package struct InvitationReport: Hashable, Sendable {
    package var id: InvitationID
    /// Nil for the platform.
    package var tenant: TenantID?
    package var email: String
    package var role: String
    /// When, as RFC 3339 in UTC, as the others.
    package var created: String
    package var createdBy: String
    package var expires: String
    /// What accepts it; nil in every reply but the one that makes it.
    package var text: String?
    /// Whether the host has taken over a mail with it; nil where `text` is.
    package var isMailed: Bool?

    package init(
        id: InvitationID, tenant: TenantID?, email: String, role: String,
        created: String, createdBy: String, expires: String, text: String? = nil,
        isMailed: Bool? = nil
    ) {
        self.id = id
        self.tenant = tenant
        self.email = email
        self.role = role
        self.created = created
        self.createdBy = createdBy
        self.expires = expires
        self.text = text
        self.isMailed = isMailed
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "invitation")
        let tenant = try reply["tenant"]?.string.map { (text) throws(Problem) in try TenantID(text) }
        self.init(
            id: try InvitationID(try reply.string("id")), tenant: tenant, email: try reply.string("email"), role: try reply.string("role"),
            created: try reply.string("created"), createdBy: try reply.string("createdBy"), expires: try reply.string("expires"), text: reply["text"]?.string, isMailed: reply["mailed"]?.bool)
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(id.rawValue), "tenant": JSONValue(tenant?.rawValue), "email": .string(email), "role": .string(role),
            "created": .string(created), "createdBy": .string(createdBy), "expires": .string(expires),
        ]
        members["text"] = text.map(JSONValue.string)
        members["mailed"] = isMailed.map(JSONValue.bool)
        return .object(members)
    }

    /// The reply of `invitation/list`.
    package static func list(_ value: JSONValue) throws(Problem) -> [InvitationReport] {
        try ReplyReader(value, "invitation list").list("invitations", InvitationReport.init)
    }

    package static func json(_ list: [InvitationReport]) -> JSONValue { ["invitations": .array(list.map(\.json))] }
}
