import FoundationEssentials
import GRDB
package import Model
import Store

extension SignIn {
    /// Nil where the tenant has none.
    package func provider(of tenant: TenantID) async throws(Problem) -> IdentityProvider? {
        try await store.tenant(tenant).read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM identityProvider").map(IdentityProvider.init)
        }
    }

    /// Sets a tenant's provider in place of the one that was there. Without a secret the one that is kept stays, as long as
    /// it is for the same client of the same issuer. Where another table of groups opens other roles to people of the tenant's
    /// directory, they have them then.
    package func setProvider(
        _ wish: IdentityProviderWish, of tenant: TenantID, by principal: Principal
    ) async throws(Problem) -> ProvisioningOutcome<IdentityProvider> {
        let provider = try wish.provider(of: tenant, allowsPlain: transport.allowsPlain, by: principal, at: now)
        let place = IdentityProvider.place(in: tenant)
        let sealed = try wish.secret.map { (secret) throws(Problem) in try people.sealing.seal(secret, for: place) }
        let now = now
        let fallen = try await people.outbox.change(try await store.tenant(tenant)) { database in
            let row = try Row.fetchOne(database, sql: "SELECT * FROM identityProvider")
            let kept: [UInt8]? = row.flatMap { row in
                let known = IdentityProvider(row)
                return known.issuer == provider.issuer && known.client == provider.client ? Array(row["secret"] as Data) : nil
            }
            guard let secret = sealed ?? kept else {
                throw Problem(.invalidInput, "/clientSecret: missing", hint: "the kept one is another client's")
            }
            let before = try GroupRoles.find(in: database)
            try provider.save(secret: secret, in: database)
            return try People.settle(from: before, to: provider.groups, in: tenant, by: principal, at: now, database)
        }
        await memory.forget(tenant)
        return ProvisioningOutcome(subject: provider, fallen: fallen)
    }

    /// Nobody comes in by it any more. Sessions that are open stay; who came that way is known again if it is set again.
    /// Its table of groups goes with it, and what that opened to people of the tenant's directory.
    package func removeProvider(
        of tenant: TenantID, by principal: Principal
    ) async throws(Problem) -> ProvisioningOutcome<IdentityProvider> {
        let now = now
        let outcome = try await people.outbox.change(try await store.tenant(tenant)) { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM identityProvider") else { throw Self.nothingSet(tenant) }
            let provider = IdentityProvider(row)
            try database.execute(sql: "DELETE FROM identityProvider")
            let fallen = try People.settle(from: provider.groups, to: .none, in: tenant, by: principal, at: now, database)
            return ProvisioningOutcome(subject: provider, fallen: fallen)
        }
        await memory.forget(tenant)
        return outcome
    }

    /// Asks the provider now what it is, as a login would: what it answers there, and how many of its keys can be used.
    package func checkProvider(
        of tenant: TenantID
    ) async throws(Problem) -> (authorization: String, token: String, keys: Int) {
        guard let provider = try await provider(of: tenant) else { throw Self.nothingSet(tenant) }
        await memory.forget(tenant)
        let document = try await memory.document(of: provider.issuer, for: tenant, at: now)
        let keys = try await memory.keys(document, for: tenant, at: now)
        guard !keys.keys.isEmpty else {
            throw Problem(
                .unreachable, "the provider \(provider.issuer) has no key that is used here",
                hint: "let it sign with \(SigningAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return (document.authorization.text, document.token.text, keys.keys.count)
    }

    /// The provider with the secret that belongs to it; nil where the tenant has none. Read at once: no provider is ever
    /// sent the secret of the one that came after it.
    func providerWithSecret(of tenant: TenantID) async throws(Problem) -> (provider: IdentityProvider, secret: String)? {
        let found = try await store.tenant(tenant).read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM identityProvider")
                .map { (provider: IdentityProvider($0), sealed: Array($0["secret"] as Data)) }
        }
        guard let found else { return nil }
        return (found.provider, try people.sealing.open(found.sealed, for: IdentityProvider.place(in: tenant)))
    }

    private static func nothingSet(_ tenant: TenantID) -> Problem {
        Problem(.notFound, "tenant \(tenant) has no provider", hint: "cloister identity-provider set")
    }
}
