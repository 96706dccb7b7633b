import Egress
import Model
import Sandbox
import Supervisor

/// The way out of a plugin for a tenant: what its grants allow, whenever it is asked.
struct PluginEgress: Sendable {
    let egress: Egress
    let grants: Grants
    let tenant: TenantID
    let plugin: PluginID
    /// What the manifest of its version asks for.
    let asked: [Permission]

    /// What may be reached now.
    var policy: EgressPolicy { EgressPolicy(grants.permissions(of: plugin, for: tenant, asking: asked)) }

    /// Whether anything may be reached, and so whether a child that starts now gets a listener.
    var isGranted: Bool { !policy.rules.isEmpty }

    /// Serves the listener of one instance; returns what ends the service.
    func serve(_ listener: consuming Descriptor, instance: Int) -> @Sendable () -> Void {
        let service = egress.listen(
            on: listener.release(), as: EgressChild(tenant: tenant, plugin: plugin, instance: instance),
            under: { policy }, used: count)
        return { service.close() }
    }

    /// Nobody sees a method inside of a tunnel.
    private func count(_ destination: Authority, _ method: String) {
        let subject = PermissionSubject.endpoint(
            host: "\(destination.host)", port: destination.port, method: method == "CONNECT" ? nil : method)
        try? grants.authorize(.network, "connect", on: subject, for: plugin, of: tenant, asking: asked)
    }
}
