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

    private static let groupRole = Schema.object(
        "GroupRole",
        [
            .required("group", .string("Its name, or its id, as the provider writes it in the claim", length: 1...254)),
            .required("role", Schema.choice(PersonGroup.roles.map(\.rawValue), "What its members have")),
        ])

    private static let groupRoleWish = Schema.input(
        "GroupRoleWish",
        [
            .required("group", .string("Its name, or its id, as the provider writes it in the claim", length: 1...254)),
            .required("role", Schema.choice(PersonGroup.roles.map(\.rawValue), "What its members have")),
        ])

    static let identityProviderWish = Schema.input(
        "IdentityProviderWish",
        chosen + [
            .optional("clientSecret", .string("Never shown again; left out, the kept one stays", length: 1...1024)),
            .optional("role", Schema.choice(Role.allCases.filter { !$0.isOfPlatform }.map(\.rawValue), "What new people get; without it only known people come in, and those whose groups open a role")),
            .optional("groupsClaim", .string("The claim of ID tokens that names somebody's groups; without it groups", length: 1...255)),
            .optional(
                "groups",
                .array(
                    of: groupRoleWish, "What groups of the provider and the directory open; without any, roles stay what people made them",
                    limit: GroupRoles.most)),
        ])

    static let identityProvider = Schema.object(
        "IdentityProvider",
        chosen + [
            .required("role", tenantRole.orNull), .required("lets", .array(of: tenantRole, "Whom it lets in: nobody who may more than whoever chose it")),
            .required("groupsClaim", .string("The claim of ID tokens that names somebody's groups")),
            .required("groups", .array(of: groupRole, "What groups of the provider and the directory open")),
            .required("changed", .string(format: "date-time")), .required("changedBy", .string()),
        ])

    static let identityProviderFinding = Schema.object(
        "IdentityProviderFinding",
        [
            .required("authorization", .string("Where people are sent")), .required("token", .string("Where codes are exchanged")),
            .required("keys", .integer("How many of its keys can be used here")),
        ])
}
