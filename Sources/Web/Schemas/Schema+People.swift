import Tenancy

extension Schema {
    static let password = Schema.string("At least 10 characters, at most 512 bytes", length: 1...512)
    static let code = Schema.string("Six digits of the app, or a recovery code", length: 6...32)
    private static let email = Schema.string(length: 3...254)
    private static let role = Schema.choice(Role.allCases.map(\.rawValue), "What the person may do")
    private static let moment = Schema.string(format: "date-time")
    private static let home = Schema.label("To which it belongs; null for the platform").orNull

    private static let personMembers: [Property] = [
        .required("id", .label()), .required("tenant", home), .required("email", .string()), .required("name", .string()),
        .required("role", role),
    ]

    static let newPerson = Schema.object("NewPerson", personMembers)

    static let person = Schema.object(
        "Person",
        personMembers + [
            .required("created", moment), .required("lastLogin", moment.orNull),
            .required("secondFactor", .boolean("Whether a code is asked for beside the password")),
        ])

    static let me = Schema.object(
        "Me",
        personMembers + [
            .required("scopes", .array(of: .scope, "What the role opens")), .required("secondFactor", .boolean()),
            .required("session", .label()),
            .required("formToken", .string("For X-Form-Token of requests that the cookie authorises")),
        ])

    private static let invitationMembers: [Property] = [
        .required("id", .label()), .required("tenant", home), .required("email", .string()), .required("role", role),
        .required("created", moment), .required("createdBy", .string()), .required("expires", moment),
    ]

    static let invitation = Schema.object("Invitation", invitationMembers)

    static let newInvitation = Schema.object(
        "NewInvitation", invitationMembers + [
            .required("text", .string("What accepts it. It is shown this once")),
            .required("mailed", .boolean("Whether it was mailed to the address, too")),
        ])

    static let session = Schema.object(
        "Session",
        [
            .required("id", .label()), .required("tenant", home), .required("person", .label()), .required("created", moment),
            .required("lastUsed", .string("Exact to a minute", format: "date-time")), .required("expires", moment),
            .required("address", .string("Where it was opened")), .required("agent", .string("With which program")),
        ])

    static let secondFactor = Schema.object(
        "SecondFactor",
        [.required("secret", .string("In base 32, to type")), .required("uri", .string("To be shown as a picture"))])

    static let recoveryCodes = Schema.object("RecoveryCodes", [.required("recoveryCodes", .array(of: .string()))])

    static let roleWish = Schema.input("RoleWish", [.required("role", role)])

    static let invitationWish = Schema.input(
        "InvitationWish",
        [
            .required("email", email), .required("role", role),
            .optional("days", .integer("Until it expires; 7 without", in: 1...Int64(Invitation.mostDays))),
        ])

    static let acceptance = Schema.input(
        "Acceptance",
        [
            .required("invitation", .string("The text of the invitation", length: 1...200)),
            .required("name", .string("What others shall read", length: 1...100)), .required("password", password),
        ])

    static let login = Schema.input(
        "Login",
        [
            .optional("tenant", .label("Left out by the platform's own people")), .required("email", email),
            .required("password", password), .optional("code", code),
        ])

    static let passwordChange = Schema.input("PasswordChange", [.required("current", password), .required("new", password)])
}
