package import Model
import Store

extension PluginHost {
    /// What a plugin was given, and how that may be shown: of what the manifest in force calls a secret only that it is there.
    package func configuration(
        of id: PluginID, for tenant: TenantID
    ) async throws(Problem) -> (registration: PluginRegistration, shown: JSONValue) {
        let registration = try await PluginRegistration.find(id, in: try await environment.store.tenant(tenant))
        let manifest = try folder(of: registration).manifest
        // What an earlier manifest took may have been a secret.
        let shown = manifest.configurationSchema == nil ? [:] : manifest.shown(registration.configuration)
        return (registration, shown)
    }
}
