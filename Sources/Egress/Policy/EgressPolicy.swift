package import Model

/// Where a plugin may go: its network grants, as a value. Pure.
package struct EgressPolicy: Hashable, Sendable {
    /// One grant. A destination is allowed when one grant allows all of it.
    package struct Rule: Hashable, Sendable {
        package var hosts: [HostPattern]
        package var ports: Set<Int>
        /// Nil is every method, and tunnels. Where methods are named no tunnel is allowed: nobody sees inside it.
        package var methods: Set<String>?

        package init(hosts: [HostPattern], ports: Set<Int>? = nil, methods: Set<String>? = nil) {
            self.hosts = hosts
            self.ports = ports ?? Set(Permission.Conditions.ordinaryPorts)
            self.methods = methods
        }

        func allows(method: String) -> Bool { methods.map { method != "CONNECT" && $0.contains(method) } ?? true }
    }

    package var rules: [Rule]

    package init(_ rules: [Rule]) { self.rules = rules }

    /// Throws what is missing, with the manifest entry that would ask for it.
    package func check(_ destination: Authority, method: String) throws(Refusal) {
        let byHost = rules.filter { $0.hosts.contains { $0.matches(destination.host) } }
        guard !byHost.isEmpty else {
            throw Refusal(
                .hostNotGranted, "no grant names \(destination.host)", destination: destination,
                hint: Self.entry(destination, method))
        }
        let byPort = byHost.filter { $0.ports.contains(destination.port) }
        guard !byPort.isEmpty else {
            throw Refusal(
                .portNotGranted, "no grant for \(destination.host) has port \(destination.port)", destination: destination,
                hint: Self.entry(destination, method))
        }
        guard byPort.contains(where: { $0.allows(method: method) }) else {
            guard method != "CONNECT" else {
                throw Refusal(
                    .methodNotGranted, "the grant for \(destination) limits methods, which nobody sees inside of a tunnel",
                    destination: destination,
                    hint: "send `GET https://\(destination)/…` to the proxy, which speaks TLS for you; or the manifest asks "
                        + "for the host without `methods`")
            }
            throw Refusal(
                .methodNotGranted, "no grant for \(destination) has the method \(method)", destination: destination,
                hint: Self.entry(destination, method))
        }
    }

    /// What the manifest would have to say.
    private static func entry(_ destination: Authority, _ method: String) -> String {
        let ports = Permission.Conditions.ordinaryPorts.contains(destination.port) ? "" : ", ports: [\(destination.port)]"
        return "the manifest asks for it with `{resource: network, actions: [connect], "
            + "conditions: {hosts: [\(Refusal.yaml(destination.host))]\(ports)}}`"
    }
}
