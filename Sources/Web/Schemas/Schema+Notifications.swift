import Tenancy

extension Schema {
    private static let moment = Schema.string(format: "date-time")
    private static let kind = Schema.choice(NoticeKind.allCases.map(\.rawValue), "What happened")
    private static let kinds = Schema.array(
        of: .choice(NoticeKind.ofTenants.map(\.rawValue), "What happened"), "What is sent; every kind where none is named", limit: 32)

    static let notification = Schema.object(
        "Notification",
        [
            .required("id", .label()), .required("kind", kind),
            .required("subject", .string("What it is about: a plugin, a key, a person, a quota")),
            .required("text", .string("For people")), .required("first", moment), .required("last", moment),
            .required("count", .integer("How often it happened, where that was within an hour each")),
            .required("read", .boolean()),
        ], "Something that a tenant's people are told of")

    static let inbox = Schema.object(
        "Inbox",
        [
            .required("notifications", .array(of: notification, "The newest first")),
            .required("unread", .integer("On all pages together")),
            .required("cursor", .string("Of the next page; null on the last").orNull),
        ])

    static let readWish = Schema.input(
        "ReadWish", [.optional("notification", .label("Which one; all that there are without it"))])

    private static let byInbox = Schema.boolean("Whether it is in the inbox")
    private static let byMail = Schema.boolean("Whether it comes by mail")

    static let noticePreferences = Schema.object(
        "NoticePreferences",
        [
            .required(
                "preferences",
                .map(
                    of: .object([.required("inbox", byInbox), .required("mail", byMail)]),
                    "By kind, of those that the person's role may know of")),
            .required("mailing", .boolean("Whether this host sends mails at all")),
        ])

    static let noticePreferencesWish = Schema.input(
        "NoticePreferencesWish",
        [
            .required(
                "preferences",
                .map(of: .input([.optional("inbox", byInbox), .optional("mail", byMail)]), "By kind; what is left out stays"))
        ])

    private static let webhookMembers: [Property] = [
        .required("id", .label()), .required("url", .string()), .required("kinds", kinds), .required("enabled", .boolean()),
        .required("reason", .string("Why the daemon disabled it").orNull),
        .required("failingSince", .string("Since when no try has succeeded", format: "date-time").orNull),
        .required("created", moment), .required("createdBy", .string()),
        .required(
            "earlierSecretUntil", .string("How long messages are signed with the earlier secret, too", format: "date-time").orNull),
    ]

    static let webhook = Schema.object("Webhook", webhookMembers, "An address that notices are sent to")

    static let newWebhook = Schema.object(
        "NewWebhook", webhookMembers + [.required("secret", .string("What messages are signed with. It is shown this once"))])

    static let webhookWish = Schema.input(
        "WebhookWish",
        [
            .required("url", .string("https://, a public host, without user, password and fragment", length: 9...2048)),
            .optional("kinds", kinds),
        ])

    static let webhookChange = Schema.input(
        "WebhookChange",
        [.optional("kinds", kinds), .optional("enabled", .boolean("False gives up what waits; true begins anew"))])

    static let delivery = Schema.object(
        "Delivery",
        [
            .required("id", .label("The message's webhook-id: the same at every try and every replay")),
            .required("webhook", .label()), .required("kind", .string("The kind of the notice, or webhook.test")),
            .required("state", .choice(Delivery.State.allCases.map(\.rawValue))), .required("attempts", .integer()),
            .required("created", moment), .required("due", .string("When it is tried next, or was tried last", format: "date-time")),
            .required("status", .integer("What the last try was answered").orNull),
            .required("detail", .string("What went wrong with it").orNull), .required("body", .string("What is sent")),
        ], "A message to a webhook")

    static let replayWish = Schema.input(
        "ReplayWish",
        [
            .optional("delivery", .label("One delivery, whatever came of it")),
            .optional("since", .string("Or those that were made since this moment and failed: RFC 3339, or a date", length: 10...40)),
        ], "Either of the two")

    static let replayed = Schema.object("Replayed", [.required("replayed", .integer("How many are sent again"))])
}
