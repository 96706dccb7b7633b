package import Model

/// A picture of one pool.
package struct PoolStatus: Sendable {
    package struct Instance: Sendable {
        package let key: ChildKey
        /// One word: stopped, starting, handshaking, ready, draining, stopping, backing off, quarantined.
        package let state: String
        package let processID: Int32?
        package let memoryBytes: Int64?
        package let memoryPeakBytes: Int64?
        package let cpuMicroseconds: Int64?
        package let inFlight: Int
        /// How often it has ended so far.
        package let restarts: Int
    }

    package struct End: Sendable {
        package let instance: Int
        package let reason: ExitReason
        /// Seconds since 1970.
        package let time: Double
        package let errors: [String]
    }

    package let tenant: TenantID
    package let plugin: PluginID
    /// One word for the pool: ready, starting, idle, stopped, quarantined, backing off.
    package let state: String
    package let instances: [Instance]
    package let lastEnd: End?

    /// Of a plugin that nobody has called yet.
    package static func notLoaded(plugin: PluginID, tenant: TenantID) -> PoolStatus {
        PoolStatus(tenant: tenant, plugin: plugin, state: "idle", instances: [], lastEnd: nil)
    }
}

extension ChildMachine.State {
    /// The state in a word or two, as people see it.
    var word: String {
        switch self {
        case .stopped: "stopped"
        case .waiting, .starting: "starting"
        case .handshaking: "handshaking"
        case .ready: "ready"
        case .draining: "draining"
        case .stopping: "stopping"
        case .backingOff: "backing off"
        case .quarantined: "quarantined"
        }
    }
}
