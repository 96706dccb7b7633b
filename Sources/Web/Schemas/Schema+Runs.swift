extension Schema {
    private static let moment = Schema.string(format: "date-time")
    private static let stepName = Schema.string("A step as the run's log names it", length: 1...500)
    private static let stepError = Schema.object(
        "StepError", [.required("code", .string()), .required("message", .string())], "Why a step failed")

    static let run = Schema.object(
        "Run",
        [
            .required("id", .label()), .required("workflow", .label()), .required("version", .integer("The version that it keeps to; 0 for the draft of one node's run")),
            .required("trigger", .label("The node at which it began")),
            .required(
                "node",
                .label("The one node that was run alone: it began there and not at the trigger, and nothing came behind it; null for a run of the whole workflow")
                    .orNull),
            .required("state", .choice(["running", "succeeded", "failed", "cancelled"])),
            .required("paused", .boolean()),
            .required("held", .boolean("Whether it has not begun because so many others of its workflow are under way, or began a moment ago")),
            .required("needsPerson", .boolean("Whether a step waits for a person to say how it goes on")),
            .required("input", .any("What the trigger gave")), .required("output", .any("What it came to; null before its end")),
            .required("error", stepError.orNull), .required("failedStep", .string("The step that failed it").orNull),
            .required("began", moment), .required("ended", moment.orNull),
        ], "One execution of a workflow")

    static let runStep = Schema.object(
        "RunStep",
        [
            .required("step", .string("Its place: the iterations of loops round it, and its node")), .required("node", .label()),
            .required(
                "state",
                .choice([
                    "ready", "queued", "running", "returned", "waiting", "retrying", "succeeded", "failed", "cancelled", "unknown", "dead",
                ])),
            .required("attempt", .integer("Attempts begun")), .required("port", .string("The way out that was taken").orNull),
            .required("input", .any("What went in")), .required("request", .any("Of a request or a message: what is sent, but for secrets")),
            .required("output", .any("What came out")), .required("error", stepError.orNull),
            .required("began", moment), .required("ended", moment.orNull),
            .required("due", .string("When something happens of itself", format: "date-time").orNull),
            .required("title", .string("What people are asked").orNull),
            .required(
                "decisions",
                .array(
                    of: .object([
                        .required("person", .string()), .required("approved", .boolean()), .required("at", moment),
                        .required("form", .any("What they filled in")),
                    ]))),
        ], "One node in one place of a run")

    static let runLog = Schema.object(
        "RunLog", [.required("run", run), .required("steps", .array(of: runStep, "In the order in which they began"))])

    static let runWish = Schema.input(
        "RunWish",
        [
            .optional("input", .any("What the trigger gives; of one node, what comes to it")),
            .optional("node", .string("Run this node alone, for real, and not the workflow; or a step of from, such as files.3/send", length: 1...500)),
            .optional("version", .string("Of the one node: draft, published or the number of a version; published", length: 1...20)),
            .optional("from", .label("Of the one node: the run from which everything is taken that is not given here")),
            .optional("nodes", .anyObject("Of the one node: by node, outputs of others that it reads as $nodes")),
            .optional("wait", .string("How long to wait for the end, up to 60s", length: 1...20)),
            .optional("priority", .integer("Higher ones begin first", in: -100...100)),
            .optional("deduplication", .string("A second run of the workflow with this key is not begun: the first is the answer", length: 1...200)),
        ])

    static let replayFrom = Schema.input(
        "ReplayFrom",
        [
            .required("from", .label("The node")), .optional("input", .any("In place of what went into the node")),
            .optional("version", .integer("Of the workflow; the run's own without it", in: 1...Int64(Int32.max))),
        ])

    static let bulkReplay = Schema.input(
        "BulkReplay",
        [
            .optional("workflow", .label("Runs of this workflow")), .optional("since", .string("Begun then or later", format: "date-time")),
            .optional("until", .string("Begun before", format: "date-time")),
            .optional("error", .string("Failed with this code", length: 1...100)),
            .optional("search", .string("With this in their identifier, input, output or error", length: 1...200)),
            .optional("from", .label("The node to begin at; where each failed without it")),
            .optional("version", .integer("Of the workflow; each run's own without it", in: 1...Int64(Int32.max))),
            .optional("cursor", .string("Where the page before ended", length: 1...200)), .optional("limit", .integer("At most so many", in: 1...100)),
        ])

    static let replayReport = Schema.object(
        "BulkReplayReport",
        [
            .required(
                "replayed",
                .array(
                    of: .object([
                        .required("run", .label()), .required("replay", .string("The run that repeats it").orNull),
                        .required("problem", .string("Why there is none").orNull),
                    ]))),
            .required("cursor", .string("For the next page").orNull),
        ])

    static let resolution = Schema.input(
        "Resolution",
        [
            .required("step", stepName), .required("outcome", .choice(["again", "happened", "failed"])),
            .optional("output", .any("What it gave, where it happened")),
        ])

    static let decision = Schema.input(
        "Decision",
        [.required("step", stepName), .required("approved", .boolean()), .optional("form", .any("What is filled in"))])

    static let approval = Schema.object(
        "Approval",
        [
            .required("run", .label()), .required("workflow", .label()), .required("step", .string()),
            .required("title", .string().orNull), .required("input", .any("What went into the node")),
            .required("began", moment), .required("due", moment.orNull),
        ], "A decision that people are asked for")
}
