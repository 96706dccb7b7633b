import Model
import Tenancy

extension Schema {
    private static let bytes: ClosedRange<Int64> = 0 ... .max

    static let quota = Schema.object(
        "Quota",
        [
            .required("memory", .integer("Bytes")), .required("processes", .integer()),
            .required("cpu", .number("Processor time per second of time")),
            .required("cpuWeight", .integer("Share among tenants when processors are short")),
            .required("disk", .integer("Bytes of plugins' folders and documents")),
        ], "What a tenant may use at once")

    static let tenant = Schema.object(
        "Tenant",
        [
            .required("id", .label()), .required("name", .string().orNull), .required("quota", .quota),
            .required(
                "usage",
                .object([
                    .required("memoryBytes", .integer().orNull), .required("processes", .integer().orNull),
                    .required("diskBytes", .integer().orNull),
                ], "Null where the daemon cannot tell")),
            .required("plugins", .integer("How many it has, running or not")),
        ])

    static let quotaMembers: [Property] = [
        .optional("memory", .integer("Bytes, at least 16 MiB", in: (16 << 20) ... (1 << 50))),
        .optional("processes", .integer(in: 4...4_000_000)),
        .optional("cpu", .number("Processor time per second of time", in: 0.01...1024)),
        .optional("cpuWeight", .integer(in: 1...10_000)),
        .optional("disk", .integer("Bytes, at least 1 MiB", in: (1 << 20) ... (1 << 50))),
    ]

    static let quotaChange = Schema.input("QuotaChange", quotaMembers)

    static let tenantWish = Schema.input(
        "NewTenant",
        [.required("id", .label()), .optional("name", .string("What people call it", length: 0...200))] + quotaMembers)

    static let scope = Schema.choice(Scope.allCases.map(\.rawValue), "What a key opens")

    private static let keyMembers: [Property] = [
        .required("id", .label()), .required("name", .string()),
        .required("tenant", .label("To which it is bound; null for an operator's").orNull),
        .required("scopes", .array(of: .scope)), .required("start", .string("Its first letters")),
        .required("created", .string(format: "date-time")), .required("createdBy", .string()),
        .required("expires", .string(format: "date-time").orNull),
        .required("lastUsed", .string("Exact to a minute", format: "date-time").orNull),
    ]

    static let key = Schema.object("Key", keyMembers)

    static let newKey = Schema.object("NewKey", keyMembers + [.required("text", .string("The key. It is shown this once"))])

    static let keyWish = Schema.input(
        "KeyWish",
        [
            .required("name", .string("What you call it", length: 1...100)),
            .required("scopes", .array(of: .scope, limit: 64)),
            .optional("environment", .choice(KeyText.Environment.allCases.map(\.rawValue), "Where it is meant to be used")),
            .optional("days", .integer("Until it expires; never without", in: 1...Int64(KeyWish.longestLife))),
        ])
}
