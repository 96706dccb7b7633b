package import Model

/// What can be asked about where a tenant's people may log in besides here.
package enum IdentityProviderRequest: Hashable, Sendable {
    /// → the provider, without its secret
    case show(TenantID)
    /// Without a secret the one that is kept stays. → the provider as it is then
    case set(TenantID, Wish)
    /// → the provider as it was
    case delete(TenantID)
    /// Asks the provider now. → `{"authorization", "token", "keys"}`
    case check(TenantID)

    package struct Wish: Hashable, Sendable {
        package var name: String
        package var issuer: String
        package var client: String
        package var secret: SecretText?
        package var domains: [String]
        /// Of new people; nil where there are none.
        package var role: String?
        /// The claim that names somebody's groups; nil for the usual one.
        package var groupsClaim: String?
        /// What groups open.
        package var groups: [GroupRole]

        package init(
            name: String, issuer: String, client: String, secret: SecretText?, domains: [String], role: String?,
            groupsClaim: String? = nil, groups: [GroupRole] = []
        ) {
            self.name = name
            self.issuer = issuer
            self.client = client
            self.secret = secret
            self.domains = domains
            self.role = role
            self.groupsClaim = groupsClaim
            self.groups = groups
        }
    }

    package struct GroupRole: Hashable, Sendable {
        package var group: String
        package var role: String

        package init(group: String, role: String) {
            self.group = group
            self.role = role
        }
    }

    package static let mostGroups = 200

    package static let mostDomains = 20

    package var method: ControlMethod {
        switch self {
        case .show: .identityProviderShow
        case .set: .identityProviderSet
        case .delete: .identityProviderDelete
        case .check: .identityProviderCheck
        }
    }

    package var tenant: TenantID {
        switch self {
        case .show(let tenant), .set(let tenant, _), .delete(let tenant), .check(let tenant): tenant
        }
    }

    /// The method must be one of these: `ControlRequest` lists them.
    init(_ method: ControlMethod, _ parameters: inout ControlParameters) throws(Problem) {
        let tenant: TenantID = try parameters.identifier("tenant")
        switch method {
        case .identityProviderShow: self = .show(tenant)
        case .identityProviderDelete: self = .delete(tenant)
        case .identityProviderCheck: self = .check(tenant)
        case .identityProviderSet:
            self = .set(
                tenant,
                Wish(
                    name: try parameters.word("name", limit: 60), issuer: try parameters.word("issuer", limit: 2048),
                    client: try parameters.word("clientId", limit: 255),
                    secret: try parameters.members.optionalString("clientSecret").map { SecretText($0) },
                    domains: try parameters.words("domains", limit: Self.mostDomains),
                    role: try parameters.members.optionalString("role"),
                    groupsClaim: try parameters.members.optionalString("groupsClaim"), groups: try Self.groups(&parameters)))
        default: preconditionFailure("\(method.rawValue) is not about providers")
        }
    }

    private static func groups(_ parameters: inout ControlParameters) throws(Problem) -> [GroupRole] {
        guard let value = parameters.members.take("groups") else { return [] }
        guard let entries = value.array, entries.count <= mostGroups else {
            throw Problem(.invalidInput, "/groups: expected an array of at most \(mostGroups) entries")
        }
        var groups: [GroupRole] = []
        for (index, entry) in entries.enumerated() {
            guard let members = entry.object, members.count == 2, let group = members["group"]?.string,
                let role = members["role"]?.string
            else { throw Problem(.invalidInput, "/groups/\(index): expected an object of group and role, both texts") }
            groups.append(GroupRole(group: group, role: role))
        }
        return groups
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = ["tenant": .string(tenant.rawValue)]
        guard case .set(_, let wish) = self else { return members }
        members["name"] = .string(wish.name)
        members["issuer"] = .string(wish.issuer)
        members["clientId"] = .string(wish.client)
        members["clientSecret"] = wish.secret.map { .string($0.text) }
        members["domains"] = .array(wish.domains.map(JSONValue.string))
        members["role"] = wish.role.map(JSONValue.string)
        members["groupsClaim"] = wish.groupsClaim.map(JSONValue.string)
        if !wish.groups.isEmpty {
            members["groups"] = .array(wish.groups.map { ["group": .string($0.group), "role": .string($0.role)] })
        }
        return members
    }
}
