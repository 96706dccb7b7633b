import Model
import Tenancy

extension Schema {
    private static let text = Schema.string().orNull
    private static let schemas = Schema.array(of: .string())

    private static let email = Schema.object([
        .required("value", .string()), .optional("type", text), .optional("primary", .boolean().orNull),
    ])

    private static let userMembers: [Property] = [
        .optional("externalId", text), .optional("displayName", text), .optional("active", .boolean().orNull),
        .optional("emails", .array(of: email).orNull),
        .optional("name", .object([.optional("formatted", text), .optional("familyName", text), .optional("givenName", text)]).orNull),
    ]

    static let scimUserWish = Schema.object(
        "SCIMUserWish", [.optional("schemas", schemas), .required("userName", .string(length: 1...254))] + userMembers,
        "A person as a directory writes one; attributes of which it knows nothing are passed over")

    static let scimUser = Schema.object(
        "SCIMUser",
        [.required("schemas", schemas), .required("id", .string()), .optional("userName", .string())] + userMembers + [
            .optional("roles", .array(of: .object([.required("value", .string())]))),
            .optional("groups", .array(of: .anyObject("A group"))), .optional("meta", .anyObject("Type, times, location and version")),
        ])

    private static let member = Schema.object([
        .required("value", .string("The person's id")), .optional("$ref", text), .optional("type", text),
    ])

    private static let groupMembers: [Property] = [
        .optional("externalId", text), .optional("members", .array(of: member).orNull),
        .optional(
            SCIMSchema.role.id,
            .object([.optional("role", .choice(PersonGroup.roles.map(\.rawValue), "The role that the members have").orNull)]).orNull),
    ]

    static let scimGroupWish = Schema.object(
        "SCIMGroupWish", [.optional("schemas", schemas), .required("displayName", .string(length: 1...254))] + groupMembers)

    static let scimGroup = Schema.object(
        "SCIMGroup",
        [.required("schemas", schemas), .required("id", .string()), .optional("displayName", .string())] + groupMembers + [
            .optional("meta", .anyObject("Type, times, location and version"))
        ])

    static let scimPatch = Schema.object(
        "SCIMPatch",
        [
            .required("schemas", schemas),
            .required(
                "Operations",
                .array(
                    of: .object([
                        .required("op", .string(pattern: "^([Aa]dd|[Rr]emove|[Rr]eplace)$")), .optional("path", .string()),
                        .optional("value", .any("What is added, or in whose place it comes")),
                    ]), limit: SCIMPatch.mostOperations)),
        ])

    static func scimList(of element: Schema) -> Schema {
        .object([
            .required("schemas", schemas), .required("totalResults", .integer()), .required("startIndex", .integer()),
            .required("itemsPerPage", .integer()), .required("Resources", .array(of: element)),
        ])
    }

    static let scimDescription = Schema.anyObject("A description, as in RFC 7643 sections 5 to 7")
}
