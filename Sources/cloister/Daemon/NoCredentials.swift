import Egress
import Model

/// For a daemon that keeps no secrets: a request that should carry one is refused.
struct NoCredentials: CredentialSource {
    func secret(_ name: String, of tenant: TenantID) async throws(Problem) -> String {
        throw Problem(.notFound, "secret not found: \(name) of tenant \(tenant)")
    }
}
