import Model
import Tenancy

extension Schema {
    private static let colour = Schema.string("# and six hexadecimal digits", length: 7...7, pattern: "^#[0-9A-Fa-f]{6}$")
    private static let tokens = Palette.Token.allCases.map(\.rawValue)
    private static let schemes = Palette.Scheme.allCases.map(\.rawValue)
    private static let font = Schema.choice(FontFamily.allCases.map(\.rawValue))

    static let brandingConfig = Schema.input(
        "BrandingConfig",
        [
            .optional("productName", .string("What the product is called in pages", length: 1...60)),
            .optional("supportAddress", .string("A mail address where people find help", length: 3...320).orNull),
            .optional(
                "colors",
                .input(
                    schemes.map { .optional($0, .input(tokens.map { .optional($0, colour) })) },
                    "Design tokens, for a light and for a dark surrounding")),
            .optional("fonts", .input([.optional("body", font), .optional("heading", font)])),
            .optional("css", .string("Style for the content of ordinary pages, filtered", length: 0...65_536)),
        ], "How a tenant's pages look")

    static let branding = Schema.object(
        "Branding",
        [
            .required("config", .brandingConfig),
            .required(
                "contrast",
                .array(
                    of: .object([
                        .required("scheme", .choice(schemes)), .required("foreground", .choice(tokens)),
                        .required("background", .choice(tokens)), .required("ratio", .number("1 to 21, cut after two digits")),
                        .required("passes", .boolean("Whether it is 4.5 or more")),
                        .required("suggestion", .string("The nearest foreground that passes").orNull),
                    ]), "Every pair that pages put on each other (WCAG 2.2, 1.4.3)")),
            .required(
                "dropped",
                .array(
                    of: .object([
                        .required("line", .integer("From 1")), .required("what", .string()), .required("reason", .string()),
                    ]), "What of the style does not reach the pages")),
            .required("untold", .integer("Parts that were dropped beyond those")),
        ])

    static let logo = Schema.object(
        "Logo",
        [
            .required("sha256", .string("Of the picture that is served", pattern: "^[0-9a-f]{64}$")),
            .required("size", .integer("Bytes")), .required("width", .integer("Pixels")), .required("height", .integer("Pixels")),
        ])

    static let domainWish = Schema.input(
        "DomainWish",
        [.required("domain", .string("As DNS has it: letters, digits, hyphens, xn-- for other scripts", length: 4...253))])

    static let domain = Schema.object(
        "Domain",
        [
            .required("domain", .string()), .required("kind", .choice(["subdomain", "custom"])),
            .required("state", .choice(DomainState.allCases.map(\.rawValue))),
            .required("reason", .string("What is missing; null for nothing").orNull),
            .required(
                "certificate",
                Schema.object([
                    .required("issuer", .string("Who issued it")), .required("validUntil", .string(format: "date-time")),
                ]).orNull),
            .required("inspected", .string("When its certificate was looked at last", format: "date-time").orNull),
            .required("created", .string(format: "date-time")),
            .required("since", .string("When it came into its state", format: "date-time")),
            .required("checked", .string("When DNS was asked last", format: "date-time").orNull),
            .required(
                "records",
                .array(
                    of: .object([
                        .required("type", .choice(["TXT", "CNAME"])), .required("name", .string()), .required("value", .string()),
                    ]), "What must be in DNS, and stay there")),
        ])

    private static let featureMembers = Feature.allCases.map(\.rawValue)

    static let features = Schema.object(
        "Features", [.required("features", .object(featureMembers.map { .required($0, .boolean()) }))])

    static let featureChange = Schema.input(
        "FeatureChange", [.required("features", .input(featureMembers.map { .optional($0, .boolean()) }))])
}
