package import Model

extension EgressPolicy {
    /// What the network permissions among these allow; the same as `Permission.allows` says.
    package init(_ permissions: [Permission]) {
        self.init(
            permissions.filter { $0.resource == .network && $0.actions.contains("connect") }.map { permission in
                // The manifest's reader has refused what is no host; a pattern that is none allows nothing.
                Rule(
                    hosts: (permission.conditions.hosts ?? []).compactMap { try? HostPattern($0) },
                    ports: Set(permission.conditions.reachablePorts), methods: permission.conditions.methods.map { Set($0) })
            })
    }
}
