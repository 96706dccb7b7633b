import Control
import Model
import Tenancy

extension DaemonHandler {
    func perform(_ request: IdentityProviderRequest, for caller: Caller) async throws(Problem) -> JSONValue {
        let signIn = daemon.signIn
        switch request {
        case .show(let tenant):
            guard let provider = try await signIn.provider(of: tenant) else {
                throw Problem(.notFound, "tenant \(tenant) has no provider", hint: "cloister identity-provider set")
            }
            return provider.json
        case .set(let tenant, let wish):
            return try await signIn.setProvider(
                IdentityProviderWish(
                    name: wish.name, issuer: wish.issuer, client: wish.client, secret: wish.secret?.text, domains: wish.domains,
                    role: wish.role),
                of: tenant, by: caller.principal
            ).json
        case .delete(let tenant): return try await signIn.removeProvider(of: tenant).json
        case .check(let tenant):
            let found = try await signIn.checkProvider(of: tenant)
            return ["authorization": .string(found.authorization), "token": .string(found.token), "keys": JSONValue(found.keys)]
        }
    }
}

extension IdentityProvider {
    /// As everybody is told it: without the secret.
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "issuer": .string(issuer), "clientId": .string(client),
            "domains": .array(domains.map(JSONValue.string)), "role": JSONValue(role?.rawValue),
            "lets": .array(Role.allCases.filter(roles.contains).map { .string($0.rawValue) }),
            "changed": .string(Timestamp(milliseconds: changed).description), "changedBy": .string(changedBy),
        ]
    }
}
