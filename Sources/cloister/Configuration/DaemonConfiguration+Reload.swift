extension DaemonConfiguration {
    /// The keys that a running daemon takes over when it reloads.
    static let reloadableKeys = ["require-signatures", "trusted-keys", "egress"]

    /// What each of the other keys says, to be compared.
    private static let fixed: [(key: String, value: @Sendable (DaemonConfiguration) -> AnyHashable)] = [
        ("data", { $0.data }), ("socket", { $0.socket }), ("socket-group", { $0.socketGroup }),
        ("profiles", { $0.profiles }), ("launcher", { $0.launcher }), ("plugins", { $0.plugins }),
        ("require-enforced-quotas", { $0.requireEnforcedQuotas }), ("control-group", { $0.controlGroup }),
        ("identities", { $0.identities }), ("log", { $0.log }), ("default-quota", { $0.defaultQuota }), ("audit", { $0.auditKeeping }),
        ("workflows", { $0.workflows }),
        ("domains", { $0.domains }), ("http", { $0.http }),
        ("notifications", { $0.notifications }), ("sign-in", { $0.signIn }),
    ]

    static var fixedKeys: [String] { fixed.map(\.key) }

    /// The keys that say something else in `fresh` and that only a daemon that starts anew obeys.
    func keysNeedingRestart(for fresh: DaemonConfiguration) -> [String] {
        Self.fixed.filter { $0.value(self) != $0.value(fresh) }.map(\.key)
    }
}
