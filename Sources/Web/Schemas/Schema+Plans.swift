import Model
import Tenancy

extension Schema {
    private static let money = "In the currency's smallest unit"
    private static let currency = Schema.string("ISO 4217", length: 3...3, pattern: "^[A-Z]{3}$")
    private static let meter = Schema.choice(Meter.allCases.map(\.rawValue))

    private static let price = Schema.input(
        [
            .required("amount", .integer(money, in: 0...Plan.mostMoney)),
            .optional("per", .integer("Each begun so many cost the amount; 1", in: 1...MeterTerms.most)),
        ])

    private static let meterTerms = Schema.input(
        [
            .optional("included", .integer("Free in a month; 0", in: 0...MeterTerms.most)),
            .optional(
                "limit",
                .integer("Where use is refused; without a price what is included, with one nowhere", in: 0...MeterTerms.most).orNull),
            .optional("price", price.orNull),
        ])

    private static let rate = Schema.input([
        .required("requests", .integer(in: 1...Int64(RatePolicy.mostRequests))),
        .required("window", .integer("Seconds", in: 1...Int64(RatePolicy.longestWindow))),
    ])

    private static let planMembers: [Property] = [
        .required("name", .string("What people call it", length: 1...60)), .required("currency", currency),
        .optional("price", .integer("For a month. \(money)", in: 0...Plan.mostMoney)),
        .optional("quota", .input(quotaMembers, "What a tenant may use at once; an ordinary tenant's, where nothing is said")),
        .optional("rate", rate.orNull),
        .optional(
            "meters",
            .input(
                Meter.allCases.map { .optional($0.rawValue, meterTerms) },
                "What is said nothing about is neither limited nor paid for")),
    ]

    static let planTerms = Schema.input("PlanTerms", planMembers, "What a tenant may use and pays for it")

    private static let planKept: [Property] = [
        .required("id", .label()), .required("name", .string()), .required("currency", .string()),
        .required("price", .integer("For a month. \(money)")), .required("quota", .quota), .required("rate", rate.orNull),
        .required(
            "meters",
            .object(
                Meter.allCases.map {
                    .optional(
                        $0.rawValue,
                        .object([
                            .required("included", .integer()), .required("limit", .integer().orNull),
                            .required("price", price.orNull),
                        ]))
                })),
    ]

    static let plan = Schema.object("Plan", planKept)

    static let planChoice = Schema.input("PlanChoice", [.required("plan", .label().orNull)])

    static let tenantPlan = Schema.object(
        "TenantPlan", [.required("tenant", .label()), .required("plan", .object(planKept).orNull)])

    private static let amounts = Schema.object(
        Meter.allCases.map { .required($0.rawValue, $0.scale == 1 ? .integer() : .number()) })

    static let usage = Schema.object(
        "Usage",
        [
            .required("tenant", .label()), .required("month", .string("The running one, in UTC")),
            .required("plan", .label().orNull), .required("resets", .string("When the month is over", format: "date-time")),
            .required(
                "standings",
                .array(
                    of: .object([
                        .required("meter", meter), .required("used", .number()), .required("included", .integer().orNull),
                        .required("limit", .integer("Null where use is never refused").orNull),
                        .required(
                            "level",
                            .choice(
                                UsageStanding.Level.allCases.map(\.rawValue),
                                "near from four fifths of the limit, or of what is included, on")),
                    ]), "This month, whatever was asked for")),
            .required("bucket", .choice(UsageHistory.Bucket.allCases.map(\.rawValue))),
            .required(
                "parts",
                .array(
                    of: .object([
                        .required("start", .string(format: "date-time")), .required("used", amounts),
                        .required("plugins", .map(of: amounts, "The same by plugin")),
                    ]), "Those in which something was used, the oldest first")),
        ], "What a tenant uses")

    private static let invoice = Schema.object(
        "Invoice",
        [
            .required("tenant", .label()), .required("month", .string()),
            .required("isFinal", .boolean("Whether nothing is added any more")),
            .required(
                "lines",
                .array(
                    of: .object([
                        .required("plan", .label()), .required("planName", .string()),
                        .required("from", .string(format: "date-time")), .required("to", .string(format: "date-time")),
                        .required("item", .choice(["plan"] + Meter.allCases.map(\.rawValue))),
                        .required("quantity", .number("Seconds of the plan, calls, seconds of processors, bytes")),
                        .required("included", .number().orNull),
                        .required(
                            "price",
                            .object([.required("amount", .integer()), .required("per", .integer().orNull)]).orNull),
                        .required("currency", currency), .required("amount", .integer(money)),
                    ]))),
            .required(
                "totals", .array(of: .object([.required("currency", currency), .required("amount", .integer(money))]))),
        ])

    static let invoices = Schema.object(
        "Invoices",
        [.required("invoices", .array(of: .invoice, "One; of a tenant that is gone, the last of each that had the name"))])
}
