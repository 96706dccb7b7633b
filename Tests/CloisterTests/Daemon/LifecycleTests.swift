import Control
import Glibc
import HostTesting
import Model
import NIOCore
import Plugins
import Testing

@testable import cloister

/// Packages in a real daemon with real sealed children.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LifecycleTests {
    private static let ready = PackageWishes(enables: true)
    private static let essential = """
        permissions:
          - {resource: storage, actions: [read], essential: true, purpose: Remembers}
        """
    private static let more = """
        permissions:
          - {resource: storage, actions: [read], essential: true, purpose: Remembers}
          - {resource: secrets, actions: [read], conditions: {names: [key]}, essential: true}
        """
    private static let optional = """
        permissions:
          - {resource: storage, actions: [read], essential: true, purpose: Remembers}
          - {resource: events, actions: [emit]}
        """

    @Test func `a plugin is installed, enabled, called and disabled`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let installed = try await host.install(try host.packages.pack("1.0.0"))
            #expect(installed["status"] == "inactive" && installed["version"] == "1.0.0")
            #expect(installed["digest"]?.string?.hasPrefix("sha256:") == true)
            let refused = await problem { try await host.call("echo") }
            #expect(refused?.hint == "cloister plugin enable probe --tenant acme")
            #expect(try await host.send(.pluginEnable(host.probe))["status"] == "active")
            #expect(try await host.call("echo", ["a": 1]) == ["a": 1])
            #expect(try await host.send(.pluginDisable(host.probe))["status"] == "inactive")
            #expect(await problem { try await host.call("echo") }?.code == .conflict)
            let again = await problem { try await host.install(try host.packages.pack("1.0.0")) }
            #expect(again?.code == .conflict)
            let folder = await problem {
                try await host.send(.pluginRun(host.tenant, .folder(try host.plugin()), configuration: nil))
            }
            #expect(folder?.message.contains("installed from a package") == true)
        }
    }

    @Test func `what a plugin is of no use without must be granted before it is enabled`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let installed = try await host.install(try host.packages.pack("1.0.0", more: Self.essential))
            #expect(installed["needs"] == ["storage read"])
            let refused = await problem { try await host.send(.pluginEnable(host.probe)) }
            #expect(refused?.code == .permissionDenied)
            #expect(refused?.hint == "cloister plugin consent probe --tenant acme")
            #expect(try await host.send(.pluginShow(host.probe))["status"] == "error")
            #expect(try await host.send(.pluginConsent(host.probe))["needs"] == [])
            #expect(try await host.send(.pluginEnable(host.probe))["status"] == "active")
        }
    }

    @Test func `an update takes over when it has come up, and the old version stays when it does not`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.install(try host.packages.pack("1.0.0"), Self.ready)
            let before = try await host.send(.pluginShow(host.probe))["instances"]?.array?.first?["processID"]
            let broken = try host.packages.pack("1.1.0", arguments: ", exit-at-once, '3'")
            let failed = await problem { try await host.update(broken) }
            #expect(failed?.message.contains("exited 3") == true, "\(String(describing: failed))")
            var show = try await host.send(.pluginShow(host.probe))
            #expect(show["version"] == "1.0.0" && show["status"] == "active")
            #expect(show["notice"]?.string?.contains("version 1.1.0 was not put in force") == true)
            #expect(show["instances"]?.array?.first?["processID"] == before, "the old instance was left alone")
            #expect(host.shelf.count == 1)

            show = try await host.update(try host.packages.pack("1.2.0"))
            #expect(show["version"] == "1.2.0" && show["notice"] == .null)
            #expect(show["instances"]?.array?.first?["processID"] != before)
            #expect(try await host.call("echo", ["b": 2]) == ["b": 2])
            #expect(show["releases"]?.array?.map { $0["version"] } == ["1.2.0", "1.0.0"])
            let older = await problem { try await host.update(try host.packages.pack("1.0.5")) }
            #expect(older?.hint == "cloister plugin rollback probe --tenant acme goes back")
        }
    }

    @Test func `an update that is of no use without more waits for consent, and one that asks for extras runs without them`()
        async throws
    {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.install(
                try host.packages.pack("1.0.0", more: Self.essential), PackageWishes(consents: true, enables: true))
            var show = try await host.update(try host.packages.pack("1.1.0", more: Self.optional))
            #expect(show["version"] == "1.1.0" && show["status"] == "active")
            #expect(show["needs"] == ["events emit"])
            show = try await host.update(try host.packages.pack("2.0.0", more: Self.more))
            #expect(show["version"] == "1.1.0" && show["status"] == "active")
            #expect(show["notice"]?.string?.contains("version 2.0.0 waits for consent") == true)
            #expect(show["releases"]?.array?.first?["role"] == "pending")
            #expect(try await host.call("echo", ["c": 3]) == ["c": 3])
            show = try await host.send(.pluginConsent(host.probe))
            #expect(show["version"] == "2.0.0" && show["needs"] == [] && show["notice"] == .null)
            #expect(try await host.call("echo", ["d": 4]) == ["d": 4])
        }
    }

    @Test func `a pinned plugin is not updated`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.install(try host.packages.pack("1.0.0"))
            #expect(try await host.send(.pluginPin(host.probe, true))["pinned"] == true)
            let next = try host.packages.pack("1.1.0")
            #expect(await problem { try await host.update(next) }?.code == .conflict)
            #expect(try await host.send(.pluginPin(host.probe, false))["pinned"] == false)
            #expect(try await host.update(next)["version"] == "1.1.0")
        }
    }

    @Test func `a pinned plugin stays also when somebody consents to the version that waits`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.install(try host.packages.pack("1.0.0"), Self.ready)
            _ = try await host.update(try host.packages.pack("2.0.0", more: Self.essential))
            _ = try await host.send(.pluginPin(host.probe, true))
            #expect(await problem { try await host.send(.pluginConsent(host.probe)) }?.code == .conflict)
            #expect(try await host.send(.pluginShow(host.probe))["version"] == "1.0.0")
            _ = try await host.send(.pluginPin(host.probe, false))
            #expect(try await host.send(.pluginConsent(host.probe))["version"] == "2.0.0")
        }
    }

    @Test func `no version comes into force whose signer the host no longer trusts`() async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        let (old, new) = (SigningKey(), SigningKey())
        let keys = [TrustPolicy.Key(name: "old", key: old.publicKey), TrustPolicy.Key(name: "new", key: new.publicKey)]
        try await DaemonFixture.with(folder: folder, trust: TrustPolicy(requiresSignatures: true, keys: keys)) { host in
            try await host.createTenant()
            _ = try await host.install(try host.packages.pack("1.0.0", key: old), Self.ready)
            _ = try await host.update(try host.packages.pack("1.1.0", key: new), PackageWishes(acceptsNewSigner: true))
            _ = try await host.update(try host.packages.pack("2.0.0", more: Self.essential, key: old), PackageWishes(acceptsNewSigner: true))
        }
        let trust = TrustPolicy(requiresSignatures: true, keys: [keys[1]])
        try await DaemonFixture.with(folder: folder, trust: trust) { host in
            let back = await problem { try await host.send(.pluginRollback(host.probe, version: nil)) }
            #expect(back?.code == .permissionDenied, "\(String(describing: back))")
            let forth = await problem { try await host.send(.pluginConsent(host.probe)) }
            #expect(forth?.code == .permissionDenied, "\(String(describing: forth))")
            let show = try await host.send(.pluginShow(host.probe))
            #expect(show["version"] == "1.1.0")
        }
    }

    @Test func `another author's key and no signature are refused for a plugin that somebody signed, unless it is said`()
        async throws
    {
        let (author, other) = (SigningKey(), SigningKey())
        let keys = [TrustPolicy.Key(name: "ada", key: author.publicKey), TrustPolicy.Key(name: "eve", key: other.publicKey)]
        try await DaemonFixture.with(trust: TrustPolicy(requiresSignatures: false, keys: keys)) { host in
            try await host.createTenant()
            _ = try await host.install(try host.packages.pack("1.0.0"))
            #expect(try await host.update(try host.packages.pack("1.1.0", key: author))["version"] == "1.1.0", "a first signature")
            let foreign = try host.packages.pack("1.2.0", key: other)
            let refused = await problem { try await host.update(foreign) }
            #expect(refused?.code == .permissionDenied)
            #expect(refused?.message == "plugin probe 1.2.0 is signed by eve, and the version in force by ada")
            #expect(refused?.hint?.contains("--accept-new-signer") == true)
            let unsigned = try host.packages.pack("1.3.0")
            let consented = await problem { try await host.update(unsigned, PackageWishes(consents: true)) }
            #expect(consented?.code == .permissionDenied, "consent is to permissions")
            #expect(try await host.send(.pluginShow(host.probe))["version"] == "1.1.0")
            #expect(host.shelf.count == 2)
            #expect(try await host.update(try host.packages.pack("1.4.0", key: author))["version"] == "1.4.0")
            let both = try host.packages.pack("1.5.0", key: author)
            _ = try PackageFile.open(try PackageSource(file: both)).signed(by: other, to: both)
            #expect(try await host.update(both)["version"] == "1.5.0", "signed by the old and the new key")
            #expect(try await host.update(try host.packages.pack("1.6.0", key: other))["version"] == "1.6.0")
            let again = try host.packages.pack("1.7.0", key: author)
            #expect(await problem { try await host.update(again) }?.code == .permissionDenied)
            #expect(try await host.update(again, PackageWishes(acceptsNewSigner: true))["version"] == "1.7.0")
        }
    }

    @Test func `what an author's plugin left is not for another author's of the same id, unless it is said`() async throws {
        let (author, other) = (SigningKey(), SigningKey())
        let keys = [TrustPolicy.Key(name: "ada", key: author.publicKey), TrustPolicy.Key(name: "eve", key: other.publicKey)]
        try await DaemonFixture.with(trust: TrustPolicy(requiresSignatures: false, keys: keys)) { host in
            try await host.createTenant()
            func uninstall(purges: Bool) async throws { _ = try await host.send(.pluginUninstall(host.probe, purges: purges)) }
            _ = try await host.install(try host.packages.pack("1.0.0", key: author))
            try await uninstall(purges: false)
            let foreign = try host.packages.pack("1.1.0", key: other)
            let refused = await problem { try await host.install(foreign) }
            #expect(refused?.code == .permissionDenied)
            #expect(
                refused?.message == "plugin probe 1.1.0 is signed by eve, and version 1.0.0, which left data here, by ada")
            #expect(refused?.hint?.contains("--purge") == true && refused?.hint?.contains("--accept-new-signer") == true)
            let unsigned = await problem { try await host.install(try host.packages.pack("1.2.0")) }
            #expect(unsigned?.code == .permissionDenied)
            #expect(host.shelf.isEmpty, "nothing is left behind")
            // The author's own, and then said.
            _ = try await host.install(try host.packages.pack("1.3.0", key: author))
            try await uninstall(purges: false)
            _ = try await host.install(foreign, PackageWishes(acceptsNewSigner: true))
            try await uninstall(purges: false)
            let back = await problem { try await host.install(try host.packages.pack("1.4.0", key: author)) }
            #expect(back?.message.hasSuffix("which left data here, by eve") == true, "whose it is now")
            // Of a plugin that is not there, too.
            try await uninstall(purges: true)
            #expect(await problem { try await uninstall(purges: true) }?.code == .notFound)
            _ = try await host.install(try host.packages.pack("1.5.0", key: author))
        }
    }

    @Test func `a version under another sandbox profile waits for consent`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.install(
                try host.packages.pack("1.0.0", more: Self.essential), PackageWishes(consents: true, enables: true))
            var show = try await host.update(try host.packages.pack("1.1.0", more: "profile: python\n" + Self.essential))
            #expect(show["version"] == "1.0.0" && show["status"] == "active")
            #expect(show["notice"] == "version 1.1.0 waits for consent to: profile python instead of default")
            #expect(show["needs"] == ["profile python instead of default"])
            show = try await host.send(.pluginConsent(host.probe))
            #expect(show["version"] == "1.1.0" && show["needs"] == [] && show["notice"] == .null)
            #expect(try await host.call("echo", ["a": 1]) == ["a": 1])
            #expect(try await host.send(.pluginPermissions(host.probe, GrantRequest()))["profile"] == "python")
            show = try await host.update(try host.packages.pack("1.2.0", more: Self.essential), PackageWishes(consents: true))
            #expect(show["version"] == "1.2.0")
        }
    }

    @Test func `an update that asks for less takes away what it does not ask for, and going back gives it again`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.install(
                try host.packages.pack("1.0.0", more: Self.optional), PackageWishes(consents: true, enables: true))
            func granted() async throws -> [String] {
                let report = try await host.send(.pluginPermissions(host.probe, GrantRequest()))
                return report["granted"]?.array?.compactMap { $0["resource"]?.string } ?? []
            }
            #expect(try await granted() == ["storage", "events"])
            var show = try await host.update(try host.packages.pack("1.1.0", more: Self.essential))
            #expect(show["version"] == "1.1.0")
            #expect(try await granted() == ["storage"])
            let report = try await host.send(.pluginPermissions(host.probe, GrantRequest()))
            #expect(report["rows"]?.array?.compactMap { $0["resource"]?.string } == ["storage"])
            show = try await host.send(.pluginRollback(host.probe, version: nil))
            #expect(show["version"] == "1.0.0")
            #expect(try await granted() == ["storage", "events"])
        }
    }

    @Test func `consent is to one version and package, and the log and the grant name them`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.install(try host.packages.pack("1.0.0"), Self.ready)
            var show = try await host.update(try host.packages.pack("2.0.0", more: Self.essential))
            let first = try #require(show["releases"]?.array?.first?["digest"]?.string)
            show = try await host.update(try host.packages.pack("3.0.0", more: Self.more))
            let digest = try #require(show["releases"]?.array?.first?["digest"]?.string)
            #expect(show["releases"]?.array?.first?["version"] == "3.0.0" && digest != first)
            let stale = await problem { try await host.send(.pluginConsent(host.probe, version: "2.0.0")) }
            #expect(stale?.code == .conflict && stale?.message.contains("version 3.0.0, \(digest)") == true)
            let other = await problem { try await host.send(.pluginConsent(host.probe, digest: first)) }
            #expect(other?.code == .conflict)
            let none = await problem { try await host.send(.pluginConsent(host.probe, digest: "md5:1")) }
            #expect(none?.code == .invalidInput)
            #expect(try await host.send(.pluginShow(host.probe))["version"] == "1.0.0")
            show = try await host.send(.pluginConsent(host.probe))
            #expect(show["version"] == "3.0.0")
            let log = try await host.send(.auditList(AuditQuery(tenant: host.tenant, limit: 2)))["entries"]?.array ?? []
            #expect(log.map { $0["subject"]?.string } == Array(repeating: "probe 3.0.0 \(digest)", count: 2))
            let report = try await host.send(.pluginPermissions(host.probe, GrantRequest()))
            #expect(report["version"] == "3.0.0" && report["digest"]?.string == digest && report["profile"] == "default")
        }
    }

    @Test func `a plugin whose folder names another profile does not start before somebody consents`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let place = try host.plugin()
            _ = try await host.send(.pluginRun(host.tenant, .folder(place), configuration: nil))
            let file = place + "/plugin.yaml"
            var text = String(decoding: try DaemonFixture.contents(file), as: UTF8.self)
            text = text.split(separator: "\n").filter { !$0.hasPrefix("profile:") }.joined(separator: "\n") + "\nprofile: imaging\n"
            try FileCopy.write(text, to: file)
            let refused = await problem { try await host.send(.pluginRestart(host.probe)) }
            #expect(refused?.code == .permissionDenied && refused?.message.contains("profile imaging instead of") == true)
            _ = try await host.send(.pluginConsent(host.probe))
            _ = try await host.send(.pluginRestart(host.probe))
        }
    }

    @Test func `two earlier versions are kept to go back to, and older ones leave the shelf`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.install(try host.packages.pack("1.0.0"), Self.ready)
            for version in ["1.1.0", "1.2.0", "1.3.0"] { _ = try await host.update(try host.packages.pack(version)) }
            #expect(host.shelf.count == 3)
            var show = try await host.send(.pluginRollback(host.probe, version: nil))
            #expect(show["version"] == "1.2.0" && show["status"] == "active")
            #expect(try await host.call("echo", ["e": 5]) == ["e": 5])
            show = try await host.send(.pluginRollback(host.probe, version: "1.1.0"))
            #expect(show["version"] == "1.1.0")
            #expect(show["releases"]?.array?.compactMap { $0["version"]?.string } == ["1.1.0", "1.2.0", "1.3.0"])
            let gone = await problem { try await host.send(.pluginRollback(host.probe, version: "1.0.0")) }
            #expect(gone?.code == .notFound && gone?.hint == "there are: 1.2.0, 1.3.0")
        }
    }

    @Test func `what a plugin keeps stays after its uninstallation unless it is purged, and others keep their package`()
        async throws
    {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let other = TenantID(unchecked: "other")
            _ = try await host.send(.tenantCreate(other, name: nil, QuotaChange()))
            let package = try host.packages.pack("1.0.0")
            _ = try await host.install(package, Self.ready)
            _ = try await host.install(package, for: other)
            _ = try await host.call("write", ["path": "/data/kept", "bytes": 100])
            let kept = host.folder + "/data/tenants/acme/plugins/probe/data/kept"
            _ = try await host.send(.pluginUninstall(host.probe, purges: false))
            #expect(access(kept, F_OK) == 0)
            #expect(host.shelf.count == 1, "the other tenant has it")
            #expect(await problem { try await host.send(.pluginShow(host.probe)) }?.code == .notFound)
            _ = try await host.install(package, Self.ready)
            _ = try await host.send(.pluginUninstall(host.probe, purges: true))
            #expect(access(host.folder + "/data/tenants/acme/plugins/probe", F_OK) != 0)
            _ = try await host.send(.pluginUninstall(PluginReference(tenant: other, plugin: host.probe.plugin), purges: true))
            #expect(host.shelf == [])
        }
    }

    @Test func `a configuration that the plugin does not take changes nothing`() async throws {
        let schema = "configuration: {type: object, required: [depth], properties: {depth: {type: integer}}}"
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.install(try host.packages.pack("1.0.0", more: schema))
            let missing = await problem { try await host.send(.pluginEnable(host.probe)) }
            #expect(missing?.code == .invalidConfiguration)
            #expect(missing?.hint == "cloister plugin configure probe FILE --tenant acme")
            #expect(await problem { try await host.send(.pluginConfigure(host.probe, ["depth": "x"])) } != nil)
            _ = try await host.send(.pluginConfigure(host.probe, ["depth": 3]))
            #expect(try await host.send(.pluginEnable(host.probe))["status"] == "active")
            #expect(await problem { try await host.send(.pluginConfigure(host.probe, [:])) }?.code == .invalidConfiguration)
            #expect(try await host.call("echo", ["f": 6]) == ["f": 6])
        }
    }

    @Test func `a package that is unsigned, tampered with, too new or none leaves no trace`() async throws {
        let key = SigningKey()
        let trust = TrustPolicy(requiresSignatures: true, keys: [.init(name: "author", key: key.publicKey)])
        try await DaemonFixture.with(trust: trust) { host in
            try await host.createTenant()
            let unsigned = try host.packages.pack("1.0.0")
            let foreign = try host.packages.pack("1.0.1", key: SigningKey())
            let signed = try host.packages.pack("1.0.2", key: key)
            let later = try host.packages.pack("1.0.3", more: "compatible: \">=99.0.0\"", key: key)
            var bytes = try DaemonFixture.contents(signed)
            bytes[bytes.count / 2] ^= 1
            let tampered = host.folder + "/tampered.cloister"
            try FileCopy.write(String(), to: tampered)
            let file = fopen(tampered, "w")
            fwrite(bytes, 1, bytes.count, file)
            fclose(file)
            let expected: [(String, Problem.Code)] = [
                (unsigned, .permissionDenied), (foreign, .permissionDenied), (tampered, .invalidInput),
                (later, .unsupported), (Built.root + "/README.md", .invalidInput),
            ]
            for (path, code) in expected {
                let refused = await problem { try await host.install(path) }
                #expect(refused?.code == code, "\(path): \(String(describing: refused))")
                #expect(host.shelf == [])
                #expect(try await host.send(.pluginList(nil))["plugins"] == [])
            }
            let installed = try await host.install(signed)
            #expect(installed["releases"]?.array?.first?["signers"] == ["author"])
        }
    }
}
