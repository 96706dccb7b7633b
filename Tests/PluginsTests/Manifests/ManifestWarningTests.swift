import HostTesting
import Model
import Sandbox
import Testing

@testable import Plugins

/// What is no mistake in a manifest, and of no use all the same.
struct ManifestWarningTests {
    private func warnings(_ conditions: String, profile: String = "default") throws -> [String] {
        let text = """
            profile: \(profile)
            permissions:
              - {resource: storage, actions: [read]}
              - {resource: network, actions: [connect], conditions: {\(conditions)}}

            """
        let manifest = try Manifest(try YAMLNode.load(text: ManifestTests.least + text, named: "plugin.yaml"))
        let library = try ProfileLibrary.load(folder: Built.root + "/sandbox-profiles")
        return manifest.warnings(under: try library.profile(named: manifest.profile))
    }

    @Test(arguments: ["default", "python", "node", "imaging", "scanner"])
    func `a network permission is of use under a profile with sockets`(profile: String) throws {
        #expect(try warnings("hosts: [a.test]", profile: profile).isEmpty)
    }

    @Test func `a network permission is of no use under a profile that lets no program open a socket`() throws {
        let found = try warnings("hosts: [a.test], methods: [GET]", profile: "worker")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("permissions[1]: of no use: the profile worker ") == true, "\(found)")
    }

    @Test(arguments: [
        ("hosts: [a.test], methods: [GET]", true), ("hosts: [a.test], methods: [GET], ports: [443]", true),
        ("hosts: [a.test], methods: [GET], ports: [80]", false), ("hosts: [a.test], ports: [443]", false),
    ])
    func `methods rule out the tunnels that clients ask for where https is usual`(conditions: String, warns: Bool) throws {
        let found = try warnings(conditions)
        #expect(found.count == (warns ? 1 : 0), "\(found)")
        #expect(found.allSatisfy { $0.contains("no tunnel is allowed") })
    }
}
