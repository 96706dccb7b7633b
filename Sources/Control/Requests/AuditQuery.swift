package import Model

/// Which entries of which audit log.
package struct AuditQuery: Hashable, Sendable {
    package static let mostEntries = 1000

    /// Nil for the platform's log, or for that of the tenant to which the caller is bound.
    package var tenant: TenantID?
    /// From this moment on and before that one, as RFC 3339 or as a date.
    package var from: String?
    package var to: String?
    /// Behind this entry: older ones in a list, newer ones in an export.
    package var cursor: Int64?
    /// Of a list a hundred, of an export all of them, where nothing is said.
    package var limit: Int?

    package init(
        tenant: TenantID? = nil, from: String? = nil, to: String? = nil, cursor: Int64? = nil, limit: Int? = nil
    ) {
        self.tenant = tenant
        self.from = from
        self.to = to
        self.cursor = cursor
        self.limit = limit
    }

    init(taking parameters: inout ControlParameters) throws(Problem) {
        tenant = try parameters.optionalIdentifier("tenant")
        from = try parameters.members.optionalString("from")
        to = try parameters.members.optionalString("to")
        cursor = try parameters.members.optionalInteger("cursor")
        limit = try parameters.optionalCount("limit", in: 1...Self.mostEntries)
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        members["tenant"] = tenant.map { .string($0.rawValue) }
        members["from"] = from.map(JSONValue.string)
        members["to"] = to.map(JSONValue.string)
        members["cursor"] = cursor.map(JSONValue.integer)
        members["limit"] = limit.map { .integer(Int64($0)) }
        return members
    }
}
