import Model

extension Schema {
    static let release = Schema.object(
        "Release",
        [
            .required("version", .string()), .required("digest", .string("sha256: and 64 hexadecimal digits")),
            .required("role", .choice(["current", "previous", "pending"])),
            .required("signers", .array(of: .string(), "The trusted keys that had signed it")),
        ])

    static let pluginConfiguration = Schema.object(
        "PluginConfiguration",
        [
            .required("plugin", .label()),
            .required("configuration", .anyObject("As it was given, each secret as \(JSONSchema.concealed)")),
            .required("configured", .string("When it was given", format: "date-time")),
        ])

    static let plugin = Schema.object(
        "Plugin",
        [
            .required("id", .label()), .required("name", .string()), .required("version", .string()),
            .required("tenant", .label()), .required("folder", .string()), .required("state", .string()),
            .required("status", .choice(["active", "inactive", "error"], "Whether it may be called")),
            .required("problem", .string("Why the status is error").orNull), .required("digest", .string().orNull),
            .required("pinned", .boolean()),
            .required("notice", .string("What became of the last update, where the version stayed").orNull),
            .required("releases", .array(of: .release, "The newest first")),
            .required("needs", .array(of: .string(), "What it asks for beyond what was granted")),
            .required("grants", .array(of: .string(), "What it was granted when it started; null in answers that start nothing").orNull),
            .required(
                "tools", .array(of: .object([.required("name", .string()), .required("description", .string())]))),
            .required("instances", .array(of: .child)),
            .required(
                "lastExit",
                .object(
                    "Exit",
                    [
                        .required("kind", .string()), .required("reason", .string()),
                        .required("at", .string(format: "date-time")), .required("stderr", .string()),
                    ], "How a child ended").orNull),
            .required("egress", .egress.orNull),
        ], "A plugin as one tenant has it")

    static let offer = Schema.object(
        "Offer",
        [
            .required("id", .label()), .required("name", .string()), .required("version", .string()),
            .required("description", .string().orNull), .required("category", .string().orNull),
            .required("available", .boolean("Whether it comes with the daemon")),
            .required(
                "installed",
                .object([.required("version", .string()), .required("status", .string())], "As the tenant has it").orNull),
        ], "A plugin that is installed or can be")

    static let call = Schema.input(
        "Call",
        [
            .required("tool", .string(length: 1...128, pattern: "^[^\\x00-\\x1f\\x7f-\\x9f]+$")),
            .optional("input", .any("As the tool's schema says; an empty object without")),
            .optional(
                "stored",
                .map(
                    of: .label(),
                    "Documents of the tenant by the property of the input that they fill; an empty name is the first such property")),
            .optional("deadlineMs", .integer("How long to wait at most", in: 1...86_400_000)),
        ])

    static let logLine = Schema.object(
        "LogLine",
        [
            .required("number", .integer("From 1 when the daemon starts, one more with each line")),
            .required("at", .string(format: "date-time")), .required("instance", .string()),
            .required("level", .string("Null for standard error").orNull), .required("text", .string()),
        ])

    static let permissions = Schema.object(
        "Permissions",
        [
            .required("plugin", .label()), .required("tenant", .label()), .required("consentedBy", .string().orNull),
            .required("consented", .string(format: "date-time").orNull),
            .required("version", .string("The version that was consented to").orNull),
            .required("digest", .string("Its package; null for one that runs from a folder").orNull),
            .required("profile", .string("The sandbox profile that was consented to").orNull),
            .required(
                "rows",
                .array(
                    of: .object([
                        .required("resource", .string()), .required("action", .string()),
                        .required("requested", .string("The conditions; null where it does not ask").orNull),
                        .required("granted", .string("The conditions; null where nothing is granted").orNull),
                        .required("used", .integer()), .required("refused", .integer()),
                        .required("last", .string(format: "date-time").orNull), .required("purpose", .string()),
                    ]))),
            .required("granted", .array(of: .anyObject("A permission, as a manifest writes it"))),
        ])

    private static let grants = Schema.array(
        of: .string("RESOURCE or RESOURCE:ACTION,ACTION", length: 1...256), limit: 32)

    static let grantChange = Schema.input(
        "GrantChange",
        [
            .optional("shrink", .boolean("Keep only what was used", default: false)), .optional("grant", grants),
            .optional("revoke", grants),
        ])
}
