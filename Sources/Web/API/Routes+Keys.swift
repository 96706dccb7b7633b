import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let read = Access(.keysRead, of: .tenant)
    private static let write = Access(.keysWrite, of: .tenant)
    private static let key = Parameter.path("key", .label(), "The key's identifier, not its text")

    private static let editing = Editing.shown(by: "key/show", ["key"], isOfTenant: false) { $0.without("lastUsed") }

    static let keys: [Route] = [
        Route(
            .get, "/api/keys", "key/list", "The keys of a tenant; of all and of the operators, without a tenant.",
            .key(read), parameters: Page.parameters, reply: .json(Page.schema("keys", of: .key))
        ) { exchange in
            let page = try Page(exchange)
            let tenant = exchange.text("tenant") ?? exchange.requester.principal.tenant?.rawValue
            var members = page.members
            members["tenant"] = tenant.map(JSONValue.string)
            return page.answer("keys", try await exchange.value("key/list", members), exchange)
        },
        Route(
            .post, "/api/keys", "key/create",
            "Makes a key with no more scopes than the one that asks. The answer alone holds its text.", .key(write),
            body: .json(InputSchema(.keyWish)), reply: .json(.newKey, .created), errors: [.notFound],
            example: ["name": "document platform", "scopes": ["plugins:call", "documents:write"], "days": 365],
            isConfidential: true
        ) { exchange in
            var members = exchange.members
            let tenant = exchange.text("tenant") ?? exchange.requester.principal.tenant?.rawValue
            if let tenant { members["tenant"] = .string(tenant) }
            return .json(try await exchange.perform("key/create", members), .created)
        },
        Route(
            .get, "/api/keys/{key}", "key/show", "A key, without its text.", .key(read), parameters: [key], reply: .json(.key),
            errors: [.notFound], editing: editing
        ) { exchange in .json(try await exchange.perform("key/show", ["key": exchange.parameters["key"] ?? .null])) },
        Route(
            .delete, "/api/keys/{key}", "key/revoke", "Revokes a key: it opens nothing any more.", .key(write),
            parameters: [key], reply: .nothing, errors: [.notFound], editing: editing
        ) { exchange in
            _ = try await exchange.perform("key/revoke", ["key": exchange.parameters["key"] ?? .null])
            return .nothing
        },
    ]
}
