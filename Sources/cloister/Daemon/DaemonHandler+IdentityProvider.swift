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
            return applied(
                try await signIn.setProvider(
                    IdentityProviderWish(
                        name: wish.name, issuer: wish.issuer, client: wish.client, secret: wish.secret?.text, domains: wish.domains,
                        role: wish.role,
                        groups: GroupRoles.Wish(claim: wish.groupsClaim, entries: wish.groups.map { .init(group: $0.group, role: $0.role) })),
                    of: tenant, by: caller.principal))
        case .delete(let tenant): return applied(try await signIn.removeProvider(of: tenant, by: caller.principal))
        case .check(let tenant):
            let found = try await signIn.checkProvider(of: tenant)
            return ["authorization": .string(found.authorization), "token": .string(found.token), "keys": JSONValue(found.keys)]
        }
    }

    /// The registry has dropped the keys of whoever may do less now; memory follows.
    private func applied(_ outcome: ProvisioningOutcome<IdentityProvider>) -> JSONValue {
        for (person, scopes) in outcome.fallen { daemon.keys.drop(madeBy: person, beyond: scopes) }
        return outcome.subject.json
    }
}

extension IdentityProvider {
    /// As everybody is told it: without the secret.
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "issuer": .string(issuer), "clientId": .string(client),
            "domains": .array(domains.map(JSONValue.string)), "role": JSONValue(role?.rawValue),
            "lets": .array(Role.allCases.filter(roles.contains).map { .string($0.rawValue) }),
            "groupsClaim": .string(groups.claim),
            "groups": .array(groups.entries.map { ["group": .string($0.group), "role": .string($0.role.rawValue)] }),
            "changed": .string(Timestamp(milliseconds: changed).description), "changedBy": .string(changedBy),
        ]
    }
}
