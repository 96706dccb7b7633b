package import Model

/// A plugin of a tenant, over all its instances: who counts as one where something is shared out.
package struct EgressOwner: Hashable, Sendable {
    package let tenant: TenantID
    package let plugin: PluginID

    package init(tenant: TenantID, plugin: PluginID) {
        self.tenant = tenant
        self.plugin = plugin
    }
}
