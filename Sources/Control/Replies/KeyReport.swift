package import Model

/// An API key, without its text except when it is made.
package struct KeyReport: Hashable, Sendable {
    package var id: KeyID
    package var name: String
    /// The tenant to which it is bound; nil for an operator's.
    package var tenant: TenantID?
    package var scopes: [String]
    /// The first letters of the key.
    package var start: String
    /// When, as RFC 3339 in UTC, as the others.
    package var created: String
    package var createdBy: String
    package var expires: String?
    package var lastUsed: String?
    /// The key itself; nil in every reply but the one that makes it.
    package var text: String?

    package init(
        id: KeyID, name: String, tenant: TenantID?, scopes: [String], start: String, created: String, createdBy: String,
        expires: String?, lastUsed: String?, text: String? = nil
    ) {
        self.id = id
        self.name = name
        self.tenant = tenant
        self.scopes = scopes
        self.start = start
        self.created = created
        self.createdBy = createdBy
        self.expires = expires
        self.lastUsed = lastUsed
        self.text = text
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "key")
        let tenant = try reply["tenant"]?.string.map { (text) throws(Problem) in try TenantID(text) }
        self.init(
            id: try KeyID(try reply.string("id")), name: try reply.string("name"), tenant: tenant,
            scopes: try reply.strings("scopes"), start: try reply.string("start"), created: try reply.string("created"),
            createdBy: try reply.string("createdBy"), expires: reply["expires"]?.string,
            lastUsed: reply["lastUsed"]?.string, text: reply["text"]?.string)
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(id.rawValue), "name": .string(name), "tenant": JSONValue(tenant?.rawValue),
            "scopes": .array(scopes.map(JSONValue.string)), "start": .string(start), "created": .string(created),
            "createdBy": .string(createdBy), "expires": JSONValue(expires), "lastUsed": JSONValue(lastUsed),
        ]
        members["text"] = text.map(JSONValue.string)
        return .object(members)
    }

    /// The reply of `key/list`.
    package static func list(_ value: JSONValue) throws(Problem) -> [KeyReport] {
        try ReplyReader(value, "key list").list("keys", KeyReport.init)
    }

    package static func json(_ keys: [KeyReport]) -> JSONValue { ["keys": .array(keys.map(\.json))] }
}
