package import Model

/// One sealed child, or the place of one that is not running now.
package struct ChildReport: Hashable, Sendable {
    package var tenant: TenantID
    package var plugin: PluginID
    /// Unique within its plugin and tenant.
    package var instance: String
    package var state: String
    /// Nil where no process lives.
    package var processID: Int32?
    package var memoryBytes: Int64?
    package var memoryPeakBytes: Int64?
    package var cpuMicroseconds: Int64?
    /// Since the plugin was started by a person or by the daemon's start.
    package var restarts: Int

    package init(
        tenant: TenantID, plugin: PluginID, instance: String, state: String, processID: Int32?, memoryBytes: Int64?,
        memoryPeakBytes: Int64?, cpuMicroseconds: Int64?, restarts: Int
    ) {
        self.tenant = tenant
        self.plugin = plugin
        self.instance = instance
        self.state = state
        self.processID = processID
        self.memoryBytes = memoryBytes
        self.memoryPeakBytes = memoryPeakBytes
        self.cpuMicroseconds = cpuMicroseconds
        self.restarts = restarts
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "child")
        self.init(
            tenant: try TenantID(try reply.string("tenant")), plugin: try PluginID(try reply.string("plugin")),
            instance: try reply.string("instance"), state: try reply.string("state"),
            processID: reply["processID"]?.integer.map(Int32.init(truncatingIfNeeded:)),
            memoryBytes: reply["memoryBytes"]?.integer, memoryPeakBytes: reply["memoryPeakBytes"]?.integer,
            cpuMicroseconds: reply["cpuMicroseconds"]?.integer, restarts: Int(try reply.integer("restarts")))
    }

    package var json: JSONValue {
        [
            "tenant": .string(tenant.rawValue), "plugin": .string(plugin.rawValue), "instance": .string(instance),
            "state": .string(state), "processID": JSONValue(processID.map(Int64.init)),
            "memoryBytes": JSONValue(memoryBytes), "memoryPeakBytes": JSONValue(memoryPeakBytes),
            "cpuMicroseconds": JSONValue(cpuMicroseconds), "restarts": JSONValue(restarts),
        ]
    }
}
