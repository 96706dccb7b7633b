import Tenancy

extension Schema {
    private static let tenantRole = Schema.choice(Role.allCases.filter { !$0.isOfPlatform }.map(\.rawValue))

    private static let chosen: [Property] = [
        .required("name", .string("What the button says: Continue with …", length: 1...60)),
        .required("issuer", .string("Exactly as the provider writes it: https://…", length: 1...2048)),
        .required("clientId", .string("As whom the provider knows the tenant", length: 1...255)),
        .required(
            "domains", .array(of: .string(length: 1...253), "Whose e-mail addresses the provider may speak for", limit: IdentityProvider.mostDomains)),
    ]

    static let identityProviderWish = Schema.input(
        "IdentityProviderWish",
        chosen + [
            .optional("clientSecret", .string("Never shown again; left out, the kept one stays", length: 1...1024)),
            .optional("role", Schema.choice(Role.allCases.filter { !$0.isOfPlatform }.map(\.rawValue), "What new people get; without it only known people come in")),
        ])

    static let identityProvider = Schema.object(
        "IdentityProvider",
        chosen + [
            .required("role", tenantRole.orNull), .required("lets", .array(of: tenantRole, "Whom it lets in: nobody who may more than whoever chose it")),
            .required("changed", .string(format: "date-time")), .required("changedBy", .string()),
        ])

    static let identityProviderFinding = Schema.object(
        "IdentityProviderFinding",
        [
            .required("authorization", .string("Where people are sent")), .required("token", .string("Where codes are exchanged")),
            .required("keys", .integer("How many of its keys can be used here")),
        ])
}
