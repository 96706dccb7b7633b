import Egress
import Model
import Sandbox

/// The way out of a plugin for a tenant: what its permissions allow, whenever it is asked.
struct PluginEgress: Sendable {
    let egress: Egress
    let tenant: TenantID
    let plugin: PluginID
    /// What the plugin may do now.
    let permissions: @Sendable () -> [Permission]

    /// What may be reached now.
    var policy: EgressPolicy { EgressPolicy(permissions()) }

    /// Serves the listener of one instance; returns what ends the service.
    func serve(_ listener: consuming Descriptor, instance: Int) -> @Sendable () -> Void {
        let service = egress.listen(
            on: listener.release(), as: EgressChild(tenant: tenant, plugin: plugin, instance: instance), under: { policy })
        return { service.close() }
    }
}

extension EgressPolicy {
    /// What the network permissions among these allow.
    init(_ permissions: [Permission]) {
        self.init(
            permissions.filter { $0.resource == .network && $0.actions.contains("connect") }.map { permission in
                // The manifest's reader has refused what is no host; a pattern that is none allows nothing.
                Rule(
                    hosts: (permission.conditions.hosts ?? []).compactMap { try? HostPattern($0) },
                    ports: permission.conditions.ports.map { Set($0) }, methods: permission.conditions.methods.map { Set($0) })
            })
    }
}
