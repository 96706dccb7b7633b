import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let write = Access(.keysWrite, of: .tenant)

    static let keys: [Route] = [
        Route(
            .get, "/api/keys", "key/list", "The keys of a tenant; of all and of the operators, without a tenant.",
            .key(Access(.keysRead, of: .tenant)), parameters: Page.parameters, reply: .json(Page.schema("keys", of: .key))
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
            .delete, "/api/keys/{key}", "key/revoke", "Revokes a key: it opens nothing any more.", .key(write),
            parameters: [.path("key", .label(), "The key's identifier, not its text")], reply: .nothing, errors: [.notFound]
        ) { exchange in
            _ = try await exchange.perform("key/revoke", ["key": exchange.parameters["key"] ?? .null])
            return .nothing
        },
    ]
}
