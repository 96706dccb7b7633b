extension Schema {
    private static let digits = "SHA-256 in hexadecimal digits"

    static let auditEntry = Schema.object(
        "AuditEntry",
        [
            .required("sequence", .integer("From 1, without gaps")), .required("time", .string(format: "date-time")),
            .required("milliseconds", .integer("The same, since 1970")),
            .required("kind", .choice(["intent", "outcome", "denied"])),
            .required("request", .string("As the answer's X-Request-ID had it; empty for a plugin's")),
            .required("principal", .string("Who")), .required("door", .choice(["socket", "http", "plugin"])),
            .required("method", .string("The operation")), .required("tenant", .label().orNull),
            .required("subject", .string("What within the tenant it was about")),
            .required("outcome", .string("done, interrupted or the code of a problem; empty for an intent")),
            .required("count", .integer("How often")),
            .required("intent", .integer("The entry that this is the outcome of").orNull),
            .required("previous", .string(digits)), .required("digest", .string(digits)),
        ], "An entry of an audit log")

    static let auditVerdict = Schema.object(
        "AuditVerdict",
        [
            .required("log", .label("The tenant; null for the platform's log").orNull), .required("entries", .integer()),
            .required("first", .integer().orNull), .required("last", .integer().orNull), .required("isWhole", .boolean()),
            .required(
                "finding",
                .object(
                    [
                        .required("entry", .integer("The first entry that is broken")),
                        .required(
                            "fault", .choice(["changed", "missing", "reordered", "truncated", "checkpointSignature"])),
                        .required("detail", .string()),
                    ]
                ).orNull),
            .required(
                "checkpoint",
                .object([.required("entry", .integer()), .required("time", .string(format: "date-time"))], "The last one").orNull),
            .required("publicKey", .string("The Ed25519 key under the checkpoints, in hexadecimal digits")),
        ], "What a look over a whole log found")
}
