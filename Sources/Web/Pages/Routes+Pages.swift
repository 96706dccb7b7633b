import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Tenancy

extension Routes {
    /// What people's browsers ask for. Not part of the API, so its document does not have them.
    static let pages: [Route] = [
        Route(
            .get, "/", "page/start", "The start page.", .everybody, reply: .page
        ) { exchange in
            let look = try await exchange.look()
            return PageShell(
                title: "Welcome", kind: .ordinary,
                content: """
                    <h1>\(look.branding.productName)</h1>
                    <p>This service runs plugins over documents, each sealed off from the others.</p>
                    <p><a class="button" href="/login">Log in</a></p>
                    <p>Programs use <a href="/api/openapi.json">its HTTP API</a>.</p>
                    """
            ).answer(look)
        },
        Route(
            .get, "/assets/{file}", "page/asset", "A file that all pages share.", .everybody,
            parameters: [.path("file", .string(length: 1...100), "Its name")], reply: .page
        ) { exchange in
            guard let asset = Assets.all.first(where: { $0.file == exchange.text("file") }) else {
                throw Refusal(.notFound, "notFound", "nothing is at this path")
            }
            var answer = Answer(content: .text(asset.text, type: asset.type))
            answer.headers[.cacheControl] = "public, max-age=31536000, immutable"
            return answer
        },
        Route(
            .get, "/certificates/ask", "page/ask", "Whether a certificate may be made for a name: for Caddy's on_demand_tls.",
            .everybody, parameters: [.query("domain", .string(length: 1...253), "The name", isRequired: true)], reply: .page
        ) { exchange in
            let name = exchange.text("domain") ?? ""
            // From elsewhere there is nothing at this path.
            switch exchange.origin.isHere ? exchange.port.allowsCertificate(for: name) : false {
            case true?: return Answer()
            case false?: throw Refusal(.notFound, "notFound", "nothing is at this path")
            case nil: throw Refusal(.tooManyRequests, "quotaExceeded", "too many names that nobody has in this second")
            }
        },
        Route(.get, "/brand/theme.css", "page/theme", "The colours and fonts of this host.", .everybody, reply: .page) { exchange in
            style(try await exchange.look().theme, exchange)
        },
        Route(
            .get, "/brand/custom.css", "page/style", "What reaches the pages of this host of its tenant's own style.", .everybody,
            reply: .page
        ) { exchange in style(Self.filtered.css(of: try await exchange.look().branding), exchange) },
        Route(
            .get, "/brand/{file}", "page/logo", "The logo of this host's tenant.", .everybody,
            parameters: [.path("file", .string(length: 1...100), "Its name")], reply: .page
        ) { exchange in
            let look = try await exchange.look()
            guard let logo = look.logo, exchange.text("file") == look.logoFile else {
                throw Refusal(.notFound, "notFound", "nothing is at this path")
            }
            return picture(logo, "public, max-age=31536000, immutable")
        },
    ]

    /// With the one type that it has: it was written anew as that.
    static func picture(_ logo: Logo, _ caching: String) -> Answer {
        var answer = Answer(
            content: .stream(type: "image/png", length: logo.png.count) { writer in
                try await writer.write(ByteBuffer(bytes: logo.png))
                try await writer.finish(nil)
            })
        answer.headers[.eTag] = "\"\(logo.digest)\""
        answer.headers[.cacheControl] = caching
        answer.headers[.contentSecurityPolicy] = "default-src 'none'; sandbox"
        return answer
    }

    private static let filtered = FilteredStyles()

    /// May be kept, and is asked about each time.
    static func style(_ text: String, _ exchange: Exchange) -> Answer {
        let tag = EntityTag.of(.string(text))
        var answer = Answer(content: .text(text, type: "text/css; charset=utf-8"))
        if let header = exchange.request.headers[.ifNoneMatch], EntityTag.admits(header, tag) {
            answer = Answer(status: .notModified)
        }
        answer.headers[.eTag] = tag
        answer.headers[.cacheControl] = "no-cache"
        return answer
    }
}

extension Route.Reply {
    /// Something for a browser.
    static let page = Route.Reply(status: .ok, content: .text("text/html"))
}

extension Exchange {
    /// How pages look at the host that was asked.
    func look() async throws -> Look { try await port.look(at: request.head.authority ?? "") }
}
