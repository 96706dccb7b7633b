extension Schema {
    static let child = Schema.object(
        "Child",
        [
            .required("tenant", .string("The tenant; `_workers` for the daemon's own", length: 1...63)), .required("plugin", .label()),
            .required("instance", .string()), .required("state", .string()),
            .required("processID", .integer("Null where no process lives").orNull),
            .required("memoryBytes", .integer().orNull), .required("memoryPeakBytes", .integer().orNull),
            .required("cpuMicroseconds", .integer().orNull), .required("restarts", .integer()),
        ], "A sealed child, or the place of one that is not running now")

    static let egress = Schema.object(
        "Egress",
        [
            .required("sentBytes", .integer()), .required("receivedBytes", .integer()),
            .required("requests", .integer("That were let out")), .required("refusals", .integer()),
            .required("connections", .integer("Open now")),
        ], "What went through the way out since the daemon started")

    static let status = Schema.object(
        "Status",
        [
            .required("version", .string()), .required("state", .choice(["starting", "ready", "reloading", "draining"])),
            .required("processID", .integer()), .required("uptimeSeconds", .integer()), .required("data", .string()),
            .required("socket", .string()), .required("identities", .string()),
            .required(
                "enforcement",
                .object([
                    .required("controlGroup", .string().orNull), .required("memory", .boolean()),
                    .required("processes", .boolean()), .required("cpu", .boolean()), .required("io", .boolean()),
                    .required("kill", .boolean()),
                    .required("missing", .array(of: .string(), "A sentence for each thing that is not enforced")),
                ], "Which quotas the kernel enforces")),
            .required("tenants", .integer()), .required("children", .array(of: .child)), .required("egress", .egress.orNull),
        ])
}
