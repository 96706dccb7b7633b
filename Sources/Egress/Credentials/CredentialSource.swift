package import Model

/// Where the secrets come from that the proxy puts into requests; supplied by whoever keeps them.
package protocol CredentialSource: Sendable {
    /// The value of a secret of a tenant. Throws `notFound` when the tenant has none of that name.
    func secret(_ name: String, of tenant: TenantID) async throws(Problem) -> String
}
