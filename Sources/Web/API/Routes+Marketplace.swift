import HTTPTypes
import Model
import Tenancy

/// What a tenant can have and what it has: the plugins that come with the daemon, and the packages that were installed.
extension Routes {
    private static let id = Parameter.path("id", .label(), "The plugin")

    static let marketplace: [Route] = [
        Route(
            .get, "/api/marketplace/plugins", "marketplace/plugins", "The plugins that are installed or can be.",
            .key(readPlugins),
            parameters: Page.parameters + [.query("q", .string(length: 1...128), "Only with this text in id, name or description")],
            reply: .json(Page.schema("plugins", of: .offer)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            // One more than is shown says whether there are more.
            let search = OfferSearch(text: exchange.text("q"), after: page.after, limit: page.limit + 1)
            let offers = try await exchange.port.offers(search, for: try exchange.tenant())
            let next = offers.count > page.limit ? offers[page.limit - 1].id : nil
            return page.answer("plugins", offers.prefix(page.limit).map(\.json), exchange, next: next)
        },
        Route(
            .post, "/api/marketplace/plugins", "marketplace/submit", "Installs the package that is the body, for one tenant.",
            .key(writePlugins), parameters: wishes + [newSigner], body: .bytes(packageType), reply: .json(.plugin, .created),
            errors: [.conflict, .quotaExceeded, .notFound]
        ) { exchange in try await install("plugin/install", exchange) },
        Route(
            .get, "/api/marketplace/plugins/{id}", "marketplace/plugin", "A plugin that is installed or can be.",
            .key(readPlugins), parameters: [id], reply: .json(.offer), errors: [.notFound]
        ) { exchange in
            .json(try await exchange.port.offer(exchange.text("id") ?? "", for: try exchange.tenant()).json)
        },
        Route(
            .delete, "/api/marketplace/plugins/{id}", "marketplace/uninstall", "Removes a plugin from a tenant.",
            .key(writePlugins), parameters: [id, .purge], reply: .nothing, errors: [.notFound, .conflict]
        ) { exchange in
            _ = try await exchange.perform(
                "plugin/uninstall",
                [
                    "tenant": .string(try exchange.tenant().rawValue), "plugin": exchange.parameters["id"] ?? .null,
                    "purge": exchange.parameters["purge"] ?? false,
                ])
            return .nothing
        },
        Route(
            .post, "/api/marketplace/plugins/{id}/install", "marketplace/install", "Installs a plugin that is available.",
            .key(writePlugins), parameters: [id],
            body: .json(
                InputSchema(
                    .input([.optional("configuration", .anyObject("As the manifest's schema says"))]), isRequired: false)),
            reply: .json(.plugin, .created), errors: [.notFound, .conflict, .pluginFailed], example: ["configuration": [:]]
        ) { exchange in
            var members = exchange.members
            members["tenant"] = .string(try exchange.tenant().rawValue)
            members["folder"] = exchange.parameters["id"]
            return .json(try await exchange.perform("plugin/run", members), .created)
        },
    ]
}
