extension Schema {
    private static let moment = Schema.string(format: "date-time")

    private static let recordMembers: [Property] = [
        .required("id", .label()), .required("name", .string()), .required("description", .string()),
        .required("status", .choice(["active", "inactive", "draft"])),
        .required("revision", .integer("Rises with each change of the draft")),
        .required("faults", .integer("How much is wrong with the draft")),
        .required("version", .integer("The one in force").orNull),
        .required("ahead", .boolean("Whether the draft is other than the version in force")),
        .required("created", moment), .required("createdBy", .string()), .required("changed", moment),
        .required("changedBy", .string()),
        .required(
            "lock",
            .object(
                [.required("holder", .string()), .required("expires", moment)], "Who is editing it; it may have expired"
            ).orNull),
    ]

    static let workflow = Schema.object("Workflow", recordMembers, "A workflow without its definitions")

    static let finding = Schema.object(
        "WorkflowFinding",
        [
            .required("pointer", .string("The place in the definition, a JSON pointer")), .required("message", .string()),
            .optional("node", .string("The node that it is about")), .optional("hint", .string("The way out")),
        ])

    static let workflowDraft = Schema.object(
        "WorkflowDraft",
        recordMembers + [
            .required("definition", .anyObject("The draft; GET /api/workflows/schema describes it")),
            .required("findings", .array(of: finding, "What keeps it from being published, when it was saved")),
            .optional(
                "schedules",
                .array(
                    of: .object([
                        .required("node", .label()), .required("expression", .string()), .required("timezone", .string()),
                        .required("next", .array(of: moment, "The next times, at most five")),
                    ]), "Only when it is shown: when its schedules begin runs, none while it is not active")),
            .optional(
                "polls",
                .array(
                    of: .object([
                        .required("node", .label()), .required("every", .string("From one poll to the next; null where it asks at times").orNull),
                        .required("cron", .string("The times at which it asks; null where it asks every so often").orNull),
                        .required("timezone", .string("Of these times; null where it asks every so often").orNull), .required("next", moment),
                        .required("polled", .string("When it last learnt something; null before it did").orNull),
                        .required("failures", .integer()), .required("error", .string("What went wrong last, since then").orNull),
                    ]), "Only when it is shown: how its triggers that ask are doing, none while it is not active")),
            .optional("webhooks", .array(of: receiver, "Only when it is shown: where messages begin runs of the version in force")),
        ])

    private static let receiver = Schema.object([
        .required("node", .label()), .required("path", .string("At the house's hosts and the tenant's own")),
        .required("signature", .string("How a message proves who sent it; none where anybody may send")),
        .required("secretName", .string().orNull), .required("reply", .choice(["accepted", "result"])),
        .required("state", .choice(["ready", "inactive", "secretMissing"], "Whether a message begins a run now")),
    ])

    /// What whoever sent a message is told.
    static let messageReceipt = Schema.object(
        "MessageReceipt",
        [
            .required("run", .label("The run that it began")),
            .required("id", .string("What the sender calls the message; null where it has no name").orNull),
        ], "A message that was accepted")

    /// Read as JSON and no further: also a draft that cannot be published is kept.
    static let workflowDefinition = Schema.anyObject("A definition; GET /api/workflows/schema describes it")

    private static let versionMembers: [Property] = [
        .required("workflow", .label()), .required("version", .integer()), .required("digest", .string("sha256:… of the definition")),
        .required("author", .string()), .required("note", .string().orNull), .required("published", moment),
    ]

    static let workflowVersion = Schema.object("WorkflowVersion", versionMembers, "A definition that was published")

    static let workflowEdition = Schema.object(
        "WorkflowEdition", versionMembers + [.required("definition", .anyObject("As it was published"))])

    static let publishWish = Schema.input(
        "PublishWish",
        [.optional("revision", .integer("Only if the draft is in this one")), .optional("note", .string("For those who read the list", length: 1...500))])

    static let rollbackWish = Schema.input(
        "RollbackWish",
        [.required("version", .integer("The one to publish again", in: 1...2_147_483_647)), .optional("note", .string(length: 1...500))])

    static let lockWish = Schema.input(
        "LockWish",
        [
            .optional("seconds", .integer("For how long", in: 10...3600, default: 300)),
            .optional("steal", .boolean("Whether to take the lock from whoever holds it")),
        ])

    static let workflowFile = Schema.input(
        "WorkflowFile",
        [
            .required("text", .string("A definition, JSON or YAML")),
            .optional("replace", .boolean("Whether it may take the place of a workflow's draft")),
        ])

    static let workflowExport = Schema.object(
        "WorkflowExport",
        [
            .required("text", .string("The definition as a file")),
            .required("stripped", .array(of: .string(), "Where something was taken out that looked like a secret")),
        ])

    static let shareWish = Schema.input(
        "ShareWish",
        [
            .optional("version", .integer("Which one; the one in force", in: 1...2_147_483_647)),
            .optional("expires", .string("For how long it opens something, from 1m to 90d; 7d", length: 2...20)),
        ])

    private static let linkMembers: [Property] = [
        .required("id", .label()), .required("workflow", .label()), .required("version", .integer("What it opens")),
        .required("created", moment), .required("createdBy", .string()),
        .required("expires", .string("From then on it opens nothing", format: "date-time")),
        .required("uses", .integer("How often it was opened")),
        .required("lastUse", .string(format: "date-time").orNull),
    ]

    static let workflowLink = Schema.object("WorkflowLink", linkMembers, "A link to a version, without what opens it")

    static let newWorkflowLink = Schema.object(
        "NewWorkflowLink", linkMembers + [.required("path", .string("At the house's hosts and the tenant's own"))],
        "A link to a version, told whole this once")

    static let workflowFindings = Schema.object(
        "WorkflowFindings", [.required("isValid", .boolean()), .required("findings", .array(of: finding))])

    private static let operations = Schema.array(
        of: .object([
            .required("op", .choice(["add", "remove", "replace"])), .required("path", .string()),
            .optional("value", .any("What is there now")), .optional("from", .any("What was there")),
        ]), "In the words of RFC 6902")

    private static let ways = Schema.array(
        of: .object([.required("from", .string()), .required("port", .string()), .required("to", .string())]))

    static let workflowDifference = Schema.object(
        "WorkflowDifference",
        [
            .required("added", .array(of: .string(), "Nodes")), .required("removed", .array(of: .string(), "Nodes")),
            .required("changed", .array(of: .object([.required("id", .string()), .required("changes", operations)]))),
            .required("connected", ways), .required("disconnected", ways),
            .required("workflow", operations), .required("cut", .boolean("Whether there are more changes than are told")),
        ])
}
