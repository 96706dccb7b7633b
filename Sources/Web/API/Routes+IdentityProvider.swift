import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let read = Access(.peopleRead, of: .tenant)
    private static let write = Access(.peopleWrite, of: .tenant)

    private static let editing = Editing.shown(by: "identity-provider/show")

    static let identityProviders: [Route] = [
        .operation(
            .get, "/api/identity-provider", "identity-provider/show",
            "Where a tenant's people may log in besides here, without its secret.", read, reply: .json(.identityProvider),
            errors: [.notFound], editing: editing),
        .operation(
            .put, "/api/identity-provider", "identity-provider/set",
            "Sets the OpenID provider at which a tenant's people may log in.", write,
            body: .json(InputSchema(.identityProviderWish)), reply: .json(.identityProvider), errors: [.notFound],
            example: [
                "name": "Example ID", "issuer": "https://login.example.com", "clientId": "cloister", "clientSecret": "kept by the provider",
                "domains": ["example.com"],
            ], editing: editing),
        .operation(
            .delete, "/api/identity-provider", "identity-provider/delete",
            "Lets nobody in by the provider any more. Sessions that are open stay.", write, reply: .nothing, errors: [.notFound],
            editing: editing),
        .operation(
            .post, "/api/identity-provider/check", "identity-provider/check", "Asks the provider now, as a login would.", write,
            reply: .json(.identityProviderFinding), errors: [.notFound, .unreachable]),
    ]
}
