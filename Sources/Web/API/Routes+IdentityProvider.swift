import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let read = Access(.peopleRead, of: .tenant)
    private static let write = Access(.peopleWrite, of: .tenant)

    static let identityProviders: [Route] = [
        Route(
            .get, "/api/identity-provider", "identity-provider/show",
            "Where a tenant's people may log in besides here, without its secret.", .key(read), reply: .json(.identityProvider),
            errors: [.notFound], isEditable: true
        ) { exchange in tagged(try await exchange.value("identity-provider/show", try exchange.everything(tenant: true))) },
        Route(
            .put, "/api/identity-provider", "identity-provider/set",
            "Sets the OpenID provider at which a tenant's people may log in.", .key(write),
            body: .json(InputSchema(.identityProviderWish)), reply: .json(.identityProvider), errors: [.notFound],
            example: [
                "name": "Example ID", "issuer": "https://login.example.com", "clientId": "cloister", "clientSecret": "kept by the provider",
                "domains": ["example.com"],
            ], isEditable: true
        ) { exchange in
            let tenant = JSONValue.string(try exchange.tenant().rawValue)
            return try await exchange.turns.take("identity-provider \(tenant.string ?? "")") {
                var current = JSONValue.null
                do { current = try await exchange.value("identity-provider/show", ["tenant": tenant]) } catch let problem as Problem {
                    guard problem.code == .notFound else { throw problem }
                }
                try exchange.checkPrecondition(on: current)
                return tagged(
                    try await exchange.value("identity-provider/set", exchange.members.merging(["tenant": tenant]) { $1 }))
            }
        },
        .operation(
            .delete, "/api/identity-provider", "identity-provider/delete",
            "Lets nobody in by the provider any more. Sessions that are open stay.", write, reply: .nothing, errors: [.notFound]),
        .operation(
            .post, "/api/identity-provider/check", "identity-provider/check", "Asks the provider now, as a login would.", write,
            reply: .json(.identityProviderFinding), errors: [.notFound, .unreachable]),
    ]
}
