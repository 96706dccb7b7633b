package import Model

/// A session that is open, without the text that opens it.
package struct SessionReport: Hashable, Sendable {
    package var id: SessionID
    /// Nil for the platform.
    package var tenant: TenantID?
    package var person: PersonID
    /// When, as RFC 3339 in UTC, as the others.
    package var created: String
    /// Exact to a minute.
    package var lastUsed: String
    package var expires: String
    /// Where it was opened, and with what.
    package var address: String
    package var agent: String

    package init(
        id: SessionID, tenant: TenantID?, person: PersonID, created: String,
        lastUsed: String, expires: String, address: String, agent: String
    ) {
        self.id = id
        self.tenant = tenant
        self.person = person
        self.created = created
        self.lastUsed = lastUsed
        self.expires = expires
        self.address = address
        self.agent = agent
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "session")
        let tenant = try reply["tenant"]?.string.map { (text) throws(Problem) in try TenantID(text) }
        self.init(
            id: try SessionID(try reply.string("id")), tenant: tenant, person: try PersonID(try reply.string("person")), created: try reply.string("created"),
            lastUsed: try reply.string("lastUsed"), expires: try reply.string("expires"), address: try reply.string("address"), agent: try reply.string("agent"))
    }

    package var json: JSONValue {
        [
            "id": .string(id.rawValue), "tenant": JSONValue(tenant?.rawValue), "person": .string(person.rawValue), "created": .string(created),
            "lastUsed": .string(lastUsed), "expires": .string(expires), "address": .string(address), "agent": .string(agent),
        ]
    }

    /// The reply of `session/list`.
    package static func list(_ value: JSONValue) throws(Problem) -> [SessionReport] {
        try ReplyReader(value, "session list").list("sessions", SessionReport.init)
    }

    package static func json(_ list: [SessionReport]) -> JSONValue { ["sessions": .array(list.map(\.json))] }
}
