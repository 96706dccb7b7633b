import Egress
import Model

/// For scratch children, which have no secrets.
struct NoCredentials: CredentialSource {
    func secret(_ name: String, of tenant: TenantID) async throws(Problem) -> String {
        throw Problem(.notFound, "secret not found: \(name) of tenant \(tenant)")
    }
}
