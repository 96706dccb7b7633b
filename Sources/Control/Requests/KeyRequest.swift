package import Model

/// What a new API key shall be.
package struct KeyRequest: Hashable, Sendable {
    package static let mostScopes = 64

    /// What its owner calls it.
    package var name: String
    /// The tenant to which it is bound; nil for an operator's.
    package var tenant: TenantID?
    package var scopes: [String]
    /// `live` or `test`; `live` where nothing is said.
    package var environment: String?
    /// Until it expires; nil for never.
    package var days: Int?

    package init(name: String, tenant: TenantID?, scopes: [String], environment: String? = nil, days: Int? = nil) {
        self.name = name
        self.tenant = tenant
        self.scopes = scopes
        self.environment = environment
        self.days = days
    }

    init(taking parameters: inout ControlParameters) throws(Problem) {
        name = try parameters.word("name", limit: 400)
        tenant = try parameters.optionalIdentifier("tenant")
        scopes = try parameters.words("scopes", limit: Self.mostScopes)
        environment = try parameters.members.optionalString("environment")
        days = try parameters.optionalCount("days", in: 1...36_500)
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = ["name": .string(name), "scopes": .array(scopes.map(JSONValue.string))]
        members["tenant"] = tenant.map { .string($0.rawValue) }
        members["environment"] = environment.map(JSONValue.string)
        members["days"] = days.map { .integer(Int64($0)) }
        return members
    }
}
