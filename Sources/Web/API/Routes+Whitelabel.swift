import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Tenancy

extension Routes {
    private static let read = Access(.whitelabelRead, of: .tenant)
    private static let write = Access(.whitelabelWrite, of: .tenant)

    /// The tag is of the part that can be edited.
    private static let lookEditing = Editing.shown(by: "whitelabel/config/show") { $0["config"] ?? .null }
    private static let featureEditing = Editing.shown(by: "whitelabel/features/show")
    private static let domainEditing = Editing.shown(by: "whitelabel/domain/show", ["domain"]) {
        $0.only("domain", "kind", "state", "created", "since")
    }
    /// A picture has its digest for a tag.
    private static let logoEditing = Editing(
        current: { exchange in
            let tenant = try exchange.tenant()
            let logo = try await exchange.told("whitelabel/logo/show", of: tenant) { () throws(Problem) in
                try await exchange.port.logo(of: tenant)
            }
            return logo.map { "\"\($0.digest)\"" }
        }, told: { "\"\($0["sha256"]?.string ?? "")\"" })

    static let whitelabel: [Route] = look + logo + domains

    private static let look: [Route] = [
        Route(
            .get, "/api/whitelabel/config", "whitelabel/config/show",
            "How a tenant's pages look, how well they can be read, and what of its style is dropped.", .key(read),
            reply: .json(.branding), errors: [.notFound], editing: lookEditing
        ) { exchange in .json(try await exchange.perform("whitelabel/config/show", try exchange.everything(tenant: true))) },
        Route(
            .put, "/api/whitelabel/config", "whitelabel/config/set",
            "Sets the whole configuration; what is left out is the standard's. A bad contrast is a warning, not a refusal.",
            .key(write), body: .json(InputSchema(.brandingConfig)), reply: .json(.branding), errors: [.notFound],
            example: [
                "productName": "Acme Documents", "supportAddress": "help@acme.example", "fonts": ["heading": "slab"],
                "colors": ["light": ["accent": "#7a1f5c"]], "css": "h1 { letter-spacing: 0.02em }",
            ], editing: lookEditing
        ) { exchange in
            let tenant = JSONValue.string(try exchange.tenant().rawValue)
            return .json(try await exchange.perform("whitelabel/config/set", ["tenant": tenant, "config": .object(exchange.members)]))
        },
        Route(
            .get, "/api/whitelabel/features", "whitelabel/features/show", "Which features a tenant has.", .key(read),
            reply: .json(.features), errors: [.notFound], editing: featureEditing
        ) { exchange in .json(try await exchange.perform("whitelabel/features/show", try exchange.everything(tenant: true))) },
        Route(
            .put, "/api/whitelabel/features", "whitelabel/features/set",
            "Turns features of a tenant on and off; what is left out stays. It holds from the next request on.",
            .key(Access(.tenantsWrite, of: .daemon)),
            parameters: [.query("tenant", .label(), "The tenant", isRequired: true)], body: .json(InputSchema(.featureChange)),
            reply: .json(.features), errors: [.notFound, .conflict], example: ["features": ["hooks": false]], editing: featureEditing
        ) { exchange in
            let tenant = exchange.parameters["tenant"] ?? .null
            return .json(try await exchange.perform("whitelabel/features/set", exchange.members.merging(["tenant": tenant]) { $1 }))
        },
    ]

    private static let logo: [Route] = [
        Route(
            .get, "/api/whitelabel/logo", "whitelabel/logo/show", "A tenant's logo, a PNG picture.", .key(read),
            reply: Route.Reply(status: .ok, content: .picture), errors: [.notFound], editing: logoEditing
        ) { exchange in
            let tenant = try exchange.tenant()
            let logo = try await exchange.told("whitelabel/logo/show", of: tenant) { () throws(Problem) in
                try await exchange.port.logo(of: tenant)
            }
            guard let logo else {
                throw Problem(.notFound, "tenant \(tenant) has no logo")
            }
            return picture(logo, "private, no-cache")
        },
        Route(
            .put, "/api/whitelabel/logo", "whitelabel/logo/set",
            "Sets the logo from a PNG, JPEG or WebP picture of at most 1 MiB and 16,000,000 pixels. It is written anew, within "
                + "640 × 160, without what else is in it.",
            .key(write), body: .bytes("*/*"), reply: .json(.logo), errors: [.notFound, .retryLater, .unsupported], editing: logoEditing
        ) { exchange in
            guard exchange.length <= RasterHeader.byteLimit.bytes else {
                throw Refusal(.contentTooLarge, "contentTooLarge", "the logo is larger than \(RasterHeader.byteLimit)")
            }
            let bytes = try await exchange.request.body.collect(upTo: Int(RasterHeader.byteLimit.bytes))
            let data = Data(bytes.readableBytesView).base64EncodedString()
            let tenant = JSONValue.string(try exchange.tenant().rawValue)
            return .json(try await exchange.perform("whitelabel/logo/set", ["tenant": tenant, "data": .string(data)]))
        },
        .operation(
            .delete, "/api/whitelabel/logo", "whitelabel/logo/delete", "Takes the logo away.", write, reply: .nothing,
            errors: [.notFound], editing: logoEditing),
    ]

    private static let domain = Parameter.path(
        "domain", .string(length: 1...253, pattern: "^[A-Za-z0-9.-]+$"), "The domain")

    private static let domains: [Route] = [
        Route(
            .get, "/api/whitelabel/domain", "whitelabel/domain/list", "The domains of a tenant, by name.", .key(read),
            parameters: Page.parameters, reply: .json(Page.schema("domains", of: .domain)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            let tenant = JSONValue.string(try exchange.tenant().rawValue)
            let list = try await exchange.value("whitelabel/domain/list", ["tenant": tenant])["domains"]?.array ?? []
            return page.answer("domains", list, exchange) { $0["domain"]?.string ?? "" }
        },
        .operation(
            .post, "/api/whitelabel/domain", "whitelabel/domain/add",
            "Claims a domain. One of the tenant's own is served once the records in the answer are in DNS.", write,
            body: .json(InputSchema(.domainWish)), reply: .json(.domain, .created),
            errors: [.notFound, .conflict, .quotaExceeded, .unsupported], example: ["domain": "documents.acme.example"]),
        .operation(
            .get, "/api/whitelabel/domain/{domain}", "whitelabel/domain/show",
            "A domain: how far it has come, what is missing, and the records that it needs.", read, parameters: [domain],
            reply: .json(.domain), errors: [.notFound], editing: domainEditing),
        .operation(
            .post, "/api/whitelabel/domain/{domain}/check", "whitelabel/domain/check", "Asks DNS about a domain now.", write,
            parameters: [domain], reply: .json(.domain), errors: [.notFound, .retryLater]),
        .operation(
            .delete, "/api/whitelabel/domain/{domain}", "whitelabel/domain/delete",
            "Gives a domain up: nothing is served under it any more.", write, parameters: [domain], reply: .nothing,
            errors: [.notFound], editing: domainEditing),
    ]
}
