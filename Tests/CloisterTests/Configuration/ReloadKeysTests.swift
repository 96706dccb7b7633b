import Egress
import Model
import Plugins
import Testing

@testable import cloister

@Suite struct ReloadKeysTests {
    @Test func `every key is either taken over by a reload or reported`() {
        let properties = Mirror(reflecting: DaemonConfiguration()).children.count
        // `require-signatures` and `trusted-keys` are one property.
        #expect(DaemonConfiguration.fixedKeys.count + DaemonConfiguration.reloadableKeys.count - 1 == properties)
    }

    @Test func `a changed key is named when it needs a restart, and only then`() throws {
        let old = DaemonConfiguration()
        #expect(old.keysNeedingRestart(for: old).isEmpty)
        let fresh = try DaemonConfiguration(
            try YAMLNode.load(
                text: """
                    data: /elsewhere
                    socket-group: staff
                    plugins: [/plugins]
                    require-enforced-quotas: true
                    identities: single
                    control-group: none
                    log: {level: debug}
                    default-quota: {cpu: 2}
                    require-signatures: true
                    egress: {rate: 1MiB}
                    workflows: {allow-private: [10.0.0.0/8]}
                    """, named: "cloister.yaml"), folder: "/etc/cloister")
        #expect(
            old.keysNeedingRestart(for: fresh) == [
                "data", "socket-group", "plugins", "require-enforced-quotas", "control-group", "identities", "log", "default-quota",
                "workflows",
            ])
    }
}
