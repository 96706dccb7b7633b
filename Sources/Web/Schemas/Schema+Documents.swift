extension Schema {
    private static let documentMembers: [Property] = [
        .required("document", .label()), .required("name", .string()), .required("mediaType", .string()),
        .required("size", .integer("Bytes")), .required("sha256", .string(length: 64...64, pattern: "^[0-9a-f]*$")),
        .required("created", .string(format: "date-time")), .required("madeBy", .string("A plugin").orNull),
        .required("source", .label("The document that it was made from").orNull),
        .required("metadata", .any("What the handlers of its metadata found; null before")),
    ]

    static let document = Schema.object("Document", documentMembers)

    static let processedDocument = Schema.object(
        "ProcessedDocument", documentMembers + [.required("steps", .array(of: .step))])

    static let upload = Schema.object(
        "Upload",
        [
            .required("upload", .label()), .required("name", .string()), .required("size", .integer("Bytes")),
            .required("offset", .integer("So many bytes are there")), .required("mediaType", .string().orNull),
            .required("sha256", .string(length: 64...64, pattern: "^[0-9a-f]*$").orNull),
            .required("created", .string(format: "date-time")),
            .required("expires", .string("When it goes, unless something is done with it", format: "date-time")),
            .required("document", .label("What became of it; null until it is finished").orNull),
        ])

    static let newUpload = Schema.input(
        "NewUpload",
        [
            .required("name", .string("The document's file name", length: 1...255)),
            .required("size", .integer("Bytes", in: 0...Int64.max)),
            .optional(
                "mediaType", .string("More exact than the content can say, for texts", length: 3...127, pattern: "^[ -~]+/[ -~]+$")),
            .optional("sha256", .string("What the bytes must have", length: 64...64, pattern: "^[0-9a-f]*$")),
        ])

    static let secret = Schema.object(
        "Secret", [
            .required("name", .string()), .required("changed", .string(format: "date-time")),
            .required("hosts", .array(of: .string(), "Where workflows may send it")),
        ])

    static let step = Schema.object(
        "Step",
        [
            .required("plugin", .label()), .required("handler", .string()), .required("priority", .integer()),
            .required("microseconds", .integer()), .required("outcome", .choice(["done", "skipped", "failed"])),
            .optional("event", .string()), .optional("reason", .string()),
            .optional("changes", .array(of: .anyObject("What it changed, as in RFC 6902"))),
        ], "A handler's turn")

    static let hookResult = Schema.object(
        "HookResult",
        [
            .required("value", .any("What the handlers made of it")), .required("steps", .array(of: .step)),
            .required(
                "failure",
                .object([
                    .required("code", .string()), .required("message", .string()), .required("hint", .string().orNull),
                ], "Why a handler that must not fail ended it").orNull),
        ])

    static let hookBoard = Schema.object(
        "Events",
        [
            .required(
                "events",
                .array(
                    of: .object([
                        .required("name", .string()), .required("kind", .choice(["action", "filter"])),
                        .required("summary", .string()),
                        .required(
                            "handlers",
                            .array(
                                of: .object([
                                    .required("plugin", .label()), .required("handler", .string()),
                                    .required("kind", .string()), .required("priority", .integer()),
                                    .required("deadline", .string()), .required("onFailure", .string()),
                                    .required("state", .choice(["ready", "not granted", "set aside"])),
                                    .required("reason", .string().orNull),
                                ]))),
                    ])))
        ])

    private static let valueMembers: [Property] = [
        .optional("value", .any("What the event is about; an empty object without")),
        .optional("document", .label("For events about a document of the tenant")),
    ]

    static let hookValue = Schema.input("HookValue", valueMembers)

    static let event = Schema.input("Event", [.required("event", .string("Its name", length: 1...128))] + valueMembers)
}
