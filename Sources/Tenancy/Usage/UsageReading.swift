package import Model

/// What a counter stands at. Counters only grow, each since the beginning of its source: a control group, or a run of the
/// daemon.
package struct UsageReading: Sendable, Hashable {
    package let tenant: TenantID
    package let plugin: PluginID
    package let meter: Meter
    /// Tells a counter from one that began anew. Two sources never have the same name.
    package let source: String
    /// As the ledger counts.
    package let total: Int64

    package init(_ meter: Meter, of plugin: PluginID, for tenant: TenantID, source: String, total: Int64) {
        self.tenant = tenant
        self.plugin = plugin
        self.meter = meter
        self.source = source
        self.total = total
    }
}
