import Model

/// Where a tenant's people may log in instead of with a password here: an OpenID provider.
package struct IdentityProvider: Sendable, Hashable {
    /// What the button says: "Continue with …".
    package let name: String
    /// Compared letter by letter with what the provider says of itself.
    package let issuer: String
    /// As whom the provider knows the tenant.
    package let client: String
    /// Whose addresses the provider may speak for: domain names in lower case.
    package let domains: [String]
    /// What new people get; nil where only people who are known already may come.
    package let role: Role?
    /// Which people may come in by it: the provider can pass for any of them, so there is nobody among them who may more
    /// than whoever chose the provider.
    package let roles: Set<Role>
    /// What people's groups open.
    package let groups: GroupRoles
    /// In milliseconds since 1970 (UTC).
    package let changed: Int64
    package let changedBy: String

    package static let mostDomains = 20

    /// Whether a login that was begun at the other one may end at this one.
    func isSame(as other: IdentityProvider) -> Bool { issuer == other.issuer && client == other.client }
}

/// What somebody wants of a provider.
package struct IdentityProviderWish: Sendable, Hashable {
    package var name: String
    package var issuer: String
    package var client: String
    /// Nil for the one that is kept already.
    package var secret: String?
    package var domains: [String]
    package var role: String?
    package var groups: GroupRoles.Wish

    package init(
        name: String, issuer: String, client: String, secret: String?, domains: [String], role: String?,
        groups: GroupRoles.Wish = GroupRoles.Wish()
    ) {
        self.name = name
        self.issuer = issuer
        self.client = client
        self.secret = secret
        self.domains = domains
        self.role = role
        self.groups = groups
    }

    /// The provider that it makes. Throws `invalidInput` with the place, or `permissionDenied`.
    func provider(of tenant: TenantID, allowsPlain: Bool, by principal: Principal, at now: Int64) throws(Problem) -> IdentityProvider {
        try Self.check(name, at: "name", 1...60)
        try Self.check(client, at: "clientId", 1...255)
        if let secret { try Self.check(secret, at: "clientSecret", 1...1024) }
        _ = try ProviderAddress(issuer, at: "issuer", allowsPlain: allowsPlain, isIssuer: true)
        guard (1...IdentityProvider.mostDomains).contains(domains.count) else {
            throw Problem(.invalidInput, "/domains: expected 1 to \(IdentityProvider.mostDomains)", hint: "whose addresses the provider may speak for")
        }
        var names: [String] = []
        for (index, domain) in domains.enumerated() {
            guard let address = try? EmailAddress("x@" + domain) else {
                throw Problem(.invalidInput, "/domains/\(index): not a domain name", hint: "as example.com, without an @")
            }
            names.append(String(address.domain))
        }
        let role = try role.map { (name) throws(Problem) in try Role(name, in: tenant) }
        if let role { try principal.checkDelegation(of: role, in: tenant) }
        let roles = Role.allCases.filter { !$0.isOfPlatform && $0.scopes.isSubset(of: principal.scopes) }
        guard !roles.isEmpty else {
            throw Problem(
                .permissionDenied, "\(principal) has no role's scopes to hand on",
                hint: "a provider lets in people who may no more than whoever chose it: an owner or an admin does")
        }
        return IdentityProvider(
            name: name, issuer: issuer, client: client, domains: names, role: role, roles: Set(roles),
            groups: try groups.table(of: tenant, by: principal), changed: now, changedBy: principal.description)
    }

    private static func check(_ text: String, at place: String, _ range: ClosedRange<Int>) throws(Problem) {
        guard range.contains(text.utf8.count), text.unicodeScalars.allSatisfy({ !$0.isControl }) else {
            throw Problem(.invalidInput, "/\(place): expected \(range.lowerBound) to \(range.upperBound) bytes without control characters")
        }
    }
}

/// An address of a provider: `https://host[:port]/path`, of which nothing can be read in two ways.
struct ProviderAddress: Sendable, Hashable {
    let address: WebhookAddress
    let text: String

    /// An issuer's has no query, as its documents lie below it: OpenID Connect Discovery 1.0 section 3.
    init(_ text: String, at place: String, allowsPlain: Bool, isIssuer: Bool = false) throws(Problem) {
        guard let address = try? WebhookAddress(text, allowsPlain: allowsPlain), !isIssuer || !text.contains("?") else {
            throw Problem(
                .invalidInput, "/\(place): not an address of a provider",
                hint: "https://host/path, as https://login.example.com: no user, no fragment\(isIssuer ? ", no query" : "")")
        }
        self.address = address
        self.text = text
    }
}
