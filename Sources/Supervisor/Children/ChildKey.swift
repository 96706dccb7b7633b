package import Model

/// Which child of the house: one instance of a plugin for a tenant.
package struct ChildKey: Hashable, Sendable, CustomStringConvertible {
    package let tenant: TenantID
    package let plugin: PluginID
    package let instance: Int

    package init(tenant: TenantID, plugin: PluginID, instance: Int) {
        self.tenant = tenant
        self.plugin = plugin
        self.instance = instance
    }

    package var description: String { "\(tenant)/\(plugin)/\(instance)" }
}
