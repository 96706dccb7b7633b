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
            let limit = JSONValue(page.limit + 1)
            let offers = try await offers(exchange, text: exchange.text("q"), ["after": JSONValue(page.after), "limit": limit])
            return page.answer("plugins", offers, exchange) { $0["id"]?.string ?? "" }
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
            let name = exchange.text("id") ?? ""
            let known = try await offers(exchange, ["limit": 0, "named": [.string(name)]])
            if let offer = known.first(where: { $0["id"]?.string == name }) { return .json(offer) }
            // Of a large catalogue only what begins alike: nobody reads all of it to be told that something is not there.
            let near = try await offers(exchange, text: String(name.prefix(3)), ["limit": 100]).compactMap { $0["id"]?.string }
            throw Problem(.notFound, "plugin not found: \(name)", hint: near.nearest(to: name).map { "did you mean \($0)?" })
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

    /// The bundled plugins that are asked for, and the tenant's own that have the text, one entry for each.
    private static func offers(
        _ exchange: Exchange, text: String? = nil, _ search: [String: JSONValue]
    ) async throws -> [JSONValue] {
        let tenant: [String: JSONValue] = ["tenant": .string(try exchange.tenant().rawValue)]
        let installed = try await exchange.value("plugin/list", tenant)["plugins"]?.array ?? []
        var search = search.filter { $0.value != .null }
        search["text"] = text.map(JSONValue.string)
        // What is said of an installed one that is available, too, wherever in the list it stands.
        let named = (search["named"]?.array ?? []) + installed.compactMap { $0["id"] }
        if !named.isEmpty { search["named"] = .array(named) }
        let available = try await exchange.value("plugin/available", search)["plugins"]?.array ?? []
        var offers: [String: JSONValue] = [:]
        for offer in available {
            guard let id = offer["id"]?.string, let members = offer.object else { continue }
            offers[id] = .object(members.merging(["available": true, "installed": .null]) { own, _ in own })
        }
        for plugin in installed {
            guard let id = plugin["id"]?.string else { continue }
            let known = offers[id]?.object
            var members: [String: JSONValue] = known ?? ["available": false]
            for name in ["id", "name"] { members[name] = plugin[name] }
            for name in ["version", "description", "category"] {
                members[name] = members[name] ?? (name == "version" ? plugin["version"] ?? .null : .null)
            }
            members["installed"] = ["version": plugin["version"] ?? .null, "status": plugin["status"] ?? .null]
            offers[id] = .object(members)
        }
        guard let wanted = text.map(SearchText.init) else { return Array(offers.values) }
        return offers.values.filter { offer in
            let texts = ["id", "name", "description"].map { offer[$0]?.string ?? "" }
            return wanted.isIn(SearchText.fold(texts.joined(separator: "\n")))
        }
    }
}
