import Egress
import Logging
import Model
import NIOCore
import Plugins
import Sandbox
import Supervisor

/// A way out for scratch children: where they may go, and what of it is not public but allowed.
struct ScratchEgress: Sendable {
    let egress: Egress
    let policy: EgressPolicy

    /// Lets children connect to the loopback address on `ports`.
    init(to ports: [Int], allowing allowed: [Int]) throws(Problem) {
        try self.init(
            EgressPolicy([.init(hosts: [try HostPattern("127.0.0.1")], ports: Set(ports))]), allowing: allowed, resolver: nil)
    }

    init(_ policy: EgressPolicy, allowing ports: [Int], resolver: (any NameResolver)?) throws(Problem) {
        var settings = EgressSettings()
        settings.allowed = PrivateGrants(
            try ports.map { (port) throws(Problem) in try PrivateGrants.Entry("127.0.0.1:\(port)") })
        settings.limits.connections = 1024
        settings.timeouts.connect = .seconds(1)
        egress = try Egress(
            settings, credentials: NoCredentials(), logger: Logger(label: "scratch") { _ in SwiftLogNoOpLogHandler() },
            resolver: resolver)
        self.policy = policy
    }

    func serve(_ listener: consuming Descriptor, of key: ChildKey) -> @Sendable () -> Void {
        let policy = policy
        let service = egress.listen(
            on: listener.release(), as: EgressChild(tenant: key.tenant, plugin: key.plugin, instance: key.instance),
            under: { policy })
        return { service.close() }
    }
}
