package import Model

/// Counts what a tenant uses and holds it to what it may. A port: the composition root supplies it.
package protocol UsageMeter: Sendable {
    /// Before a plugin of the tenant can be called for the first time.
    func open(_ tenant: TenantID) async throws(Problem)
    /// Counts one call of a plugin's tool or handler, or throws `quotaExceeded` where the tenant has used up what it may.
    func count(_ plugin: PluginID, for tenant: TenantID) throws(Problem)
}

/// Where nobody counts: hosts that live for one command.
package struct NoMeter: UsageMeter {
    package init() {}
    package func open(_ tenant: TenantID) async throws(Problem) {}
    package func count(_ plugin: PluginID, for tenant: TenantID) throws(Problem) {}
}
