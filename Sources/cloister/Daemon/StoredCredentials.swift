import Egress
import Model
import Plugins
import Store

/// Credentials of the way out are secrets of the tenants.
struct StoredCredentials: CredentialSource {
    let secrets: Secrets
    let store: Store

    func secret(_ name: String, of tenant: TenantID) async throws(Problem) -> String {
        try await secrets.value(of: name, in: try await store.tenant(tenant))
    }
}
