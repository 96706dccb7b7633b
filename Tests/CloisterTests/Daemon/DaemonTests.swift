import Control
import Glibc
import HostTesting
import Model
import NIOCore
import Store
import Tenancy
import Testing

@testable import Plugins
@testable import cloister

/// The daemon with real sealed children, over its control socket.
@Suite(.serialized, .timeLimit(.minutes(3))) struct DaemonTests {
    @Test func `a plugin is run from its folder, called, stopped and brought back`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let report = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin()), configuration: nil))
            #expect(report["state"] == "ready")
            #expect(try await host.call("echo", ["text": "grüße"]) == ["text": "grüße"])

            let reference = PluginReference(tenant: host.tenant, plugin: PluginID(unchecked: "probe"))
            #expect(try await host.send(.pluginStop(reference))["state"] == "stopped")
            let refused = await problem { try await host.call("echo") }
            #expect(refused?.code == .conflict)
            #expect(refused?.hint?.contains("plugin restart probe --tenant acme") == true)
            #expect(try await host.send(.pluginRestart(reference))["state"] == "ready")
            #expect(try await host.call("echo", ["again": true]) == ["again": true])
        }
    }

    @Test func `a plugin with a network grant has a way out, and another has none`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let grant = "permissions: [{resource: network, actions: [connect], conditions: {hosts: [example.com]}}]"
            _ = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin("open", more: grant)), configuration: nil))
            #expect(try await host.call("environment", of: "open")["https_proxy"] == "http://127.0.0.1:3128")
            let shown = try await host.send(.pluginShow(PluginReference(tenant: host.tenant, plugin: PluginID(unchecked: "open"))))
            #expect(shown["egress"]?["requests"] == 0)

            _ = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin("shut")), configuration: nil))
            #expect(try await host.call("environment", of: "shut")["https_proxy"] == nil)
            let other = try await host.send(.pluginShow(PluginReference(tenant: host.tenant, plugin: PluginID(unchecked: "shut"))))
            #expect(other["egress"] == .null)
        }
    }

    @Test func `tenants and plugins outlive the daemon`() async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try await DaemonFixture.with(folder: folder) { host in
            try await host.createTenant(QuotaChange(memory: .mebibytes(128)))
            _ = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin()), configuration: nil))
        }
        try await DaemonFixture.with(folder: folder) { host in
            let tenant = try await host.send(.tenantShow(host.tenant))
            #expect(tenant["quota"]?["memory"] == 134_217_728)
            #expect(try await host.call("echo", ["after": "restart"]) == ["after": "restart"])
        }
    }

    @Test(
        arguments: [
            ("id: probe\nnmae: x\n", "plugin.yaml:2:"), ("id: [", "plugin.yaml:"),
            ("id: Probe!\nname: x\n", "plugin.yaml:1:5"), ("- a\n- b\n", "plugin.yaml:1:1"), ("", "plugin.yaml"),
        ])
    func `an invalid manifest is refused with its place, and nothing is registered`(text: String, place: String) async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let folder = try host.plugin()
            try FileCopy.write(text, to: folder + "/plugin.yaml")
            let refused = await problem {
                try await host.send(.pluginRun(host.tenant, .folder(folder), configuration: nil))
            }
            #expect(refused?.code == .invalidConfiguration)
            #expect(refused?.message.contains(place) == true, "\(String(describing: refused))")
            #expect(try await host.send(.pluginList(nil))["plugins"] == [])
        }
    }

    @Test func `an executable that is missing or not executable is refused before anything starts`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let folder = try host.plugin()
            chmod(folder + "/cloister-probe", 0o644)
            let notExecutable = await problem {
                try await host.send(.pluginRun(host.tenant, .folder(folder), configuration: nil))
            }
            #expect(notExecutable?.message.contains("command[0]") == true, "\(String(describing: notExecutable))")
            unlink(folder + "/cloister-probe")
            let missing = await problem {
                try await host.send(.pluginRun(host.tenant, .folder(folder), configuration: nil))
            }
            #expect(missing?.code == .invalidConfiguration, "\(String(describing: missing))")
        }
    }

    @Test func `a plugin that does not come up says why, and works once it is mended`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let broken = try host.plugin(arguments: ", exit-at-once, '3'")
            let failed = await problem {
                try await host.send(.pluginRun(host.tenant, .folder(broken), configuration: nil))
            }
            #expect(failed?.message.contains("exited 3") == true, "\(String(describing: failed))")
            let mended = try host.plugin()
            #expect(try await host.send(.pluginRun(host.tenant, .folder(mended), configuration: nil))["state"] == "ready")
        }
    }

    @Test func `a name that does not exist is answered with the nearest one`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin()), configuration: nil))
            let tool = await problem { try await host.call("ecko") }
            #expect(tool?.hint == "did you mean echo?")
            let plugin = await problem { try await host.call("echo", of: "prob") }
            #expect(plugin?.hint == "did you mean probe?")
            let other = await problem { try await host.send(.tenantShow(TenantID(unchecked: "acmee"))) }
            #expect(other?.hint == "did you mean acme?")
        }
    }

    @Test func `the environment of a child is exactly what is documented`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin()), configuration: nil))
            let text = try await host.call("environment").compactText
            for name in ["PATH", "HOME", "LANG", "TMPDIR", "CLOISTER_PROTOCOL", "CLOISTER_SDK"] { #expect(text.contains(name)) }
            #expect(!text.contains("SWIFT") && !text.contains("USER"), "\(text)")
        }
    }

    @Test func `a tenant over its disk quota is ended and refused until the quota is raised`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant(QuotaChange(disk: .mebibytes(4)))
            _ = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin()), configuration: nil))
            _ = try await host.call("write", ["path": "/data/large", "bytes": 8_388_608])
            await host.daemon.host.measureDisks()
            let refused = await problem { try await host.call("echo") }
            #expect(refused?.code == .quotaExceeded)
            #expect(refused?.message.contains("disk quota of tenant acme exceeded") == true)
            _ = try await host.send(.tenantQuota(host.tenant, QuotaChange(disk: .mebibytes(64))))
            await host.daemon.host.measureDisks()
            #expect(try await host.call("echo", ["back": 1]) == ["back": 1])
        }
    }

    @Test func `what a plugin closes counts for the disk quota all the same`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant(QuotaChange(disk: .mebibytes(4)))
            _ = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin()), configuration: nil))
            for mode in [0o700, 0o000] {
                let path = JSONValue.string("/data/closed-\(mode)/large")
                _ = try await host.call("write", ["path": path, "bytes": 8_388_608, "folderMode": JSONValue(mode)])
                // As whoever may look anywhere does not need it.
                let store = try await host.daemon.store.tenant(host.tenant)
                let told = try await host.daemon.host.closedUsage(of: PluginID(unchecked: "probe"), store)
                #expect(mode == 0 ? told == nil : (told?.bytes ?? 0) > 8_388_608, "\(mode): \(String(describing: told))")
                if mode == 0, getuid() == 0 { try await host.daemon.host.reopen(PluginID(unchecked: "probe"), of: store) }
                await host.daemon.host.measureDisks()
                #expect(await problem { try await host.call("echo") }?.code == .quotaExceeded, "\(mode)")
                #expect(try await host.daemon.host.diskUsage(of: host.tenant).bytes > 8_388_608, "\(mode)")
                _ = try await host.send(.tenantQuota(host.tenant, QuotaChange(disk: .mebibytes(64))))
                await host.daemon.host.measureDisks()
                #expect(try await host.call("echo", ["back": 1]) == ["back": 1])
                _ = try await host.send(.tenantQuota(host.tenant, QuotaChange(disk: .mebibytes(mode == 0 ? 64 : 12))))
            }
        }
    }

    @Test func `a deleted tenant leaves nothing behind`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin()), configuration: nil))
            _ = try await host.call("write", ["path": "/data/file", "bytes": 100])
            _ = try await host.send(.tenantDelete(host.tenant))
            #expect(access(host.folder + "/data/tenants/acme", F_OK) != 0)
            #expect(try await host.send(.tenantList())["tenants"] == [])
            let gone = await problem { try await host.call("echo") }
            #expect(gone?.code == .notFound)
        }
    }

    @Test func `a key that is made while its tenant is deleted opens nothing of a tenant of the same name`() async throws {
        try await DaemonFixture.with { host in
            for _ in 0..<20 {
                try await host.createTenant()
                let texts = await withTaskGroup(of: String?.self) { group in
                    for number in 0..<4 {
                        group.addTask {
                            let wish = KeyRequest(name: "key \(number)", tenant: host.tenant, scopes: ["plugins:call"])
                            return try? await host.send(.keyCreate(wish))["text"]?.string
                        }
                    }
                    group.addTask {
                        _ = try? await host.send(.tenantDelete(host.tenant))
                        return nil
                    }
                    return await group.reduce(into: [String]()) { texts, text in if let text { texts.append(text) } }
                }
                try await host.createTenant()
                let open = texts.filter { host.daemon.keys.authenticate($0) != nil }
                #expect(open.isEmpty)
                _ = try await host.send(.tenantDelete(host.tenant))
            }
        }
    }

    @Test func `a folder whose plugin calls itself another does not come to what that one was granted`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin("honest")), configuration: nil))
            let folder = try host.plugin("hostile")
            _ = try await host.send(.pluginRun(host.tenant, .folder(folder), configuration: nil))
            let manifest = String(decoding: try DaemonFixture.contents(folder + "/plugin.yaml"), as: UTF8.self)
            try FileCopy.write(manifest.replacing("id: hostile", with: "id: honest"), to: folder + "/plugin.yaml")
            let refused = await problem { try await host.send(.pluginRestart(host.reference("hostile"))) }
            #expect(refused?.code == .invalidConfiguration)
            #expect(refused?.message.hasSuffix("holds plugin honest and was registered as hostile") == true)
            let honest = try await host.send(.pluginShow(host.reference("honest")))
            #expect(honest["folder"]?.string?.hasSuffix("plugins-honest") == true, "\(honest.compactText)")
        }
    }

    @Test func `a plugin that comes up while its tenant is deleted is not there for a tenant of the same name`() async throws {
        try await DaemonFixture.with { host in
            for _ in 0..<6 {
                try await host.createTenant()
                try await host.runAsking()
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 { group.addTask { _ = try? await host.send(.pluginRestart(host.reference())) } }
                    group.addTask {
                        try? await Task.sleep(for: .milliseconds(30))
                        _ = try? await host.send(.tenantDelete(host.tenant))
                    }
                }
                try await host.createTenant()
                #expect(await problem { try await host.call("state", of: "asking") }?.code == .notFound)
                _ = try await host.send(.tenantDelete(host.tenant))
            }
        }
    }

    @Test func `an upload under way does not bring back the folder of a deleted tenant`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let tenant = host.tenant
            try await ControlClient.withConnection(to: host.socket) { client in
                let begun = try await client.send(
                    .documentBegin(tenant, try DocumentName("a"), size: ByteSize(bytes: 1)), deadline: .seconds(10))
                let handle = try DocumentHandle(try JSONValue.parse(Array(begun.readableBytesView))["handle"]?.string ?? "")
                _ = try await client.send(.documentAppend(handle, try DocumentChunk(ByteBuffer(bytes: [1]))), deadline: .seconds(10))
                _ = try await host.send(.tenantDelete(tenant))
                let refused = await problem { try await client.send(.documentFinish(handle), deadline: .seconds(10)) }
                #expect(refused != nil)
            }
            try await host.createTenant()
        }
    }

    @Test func `what a connection brought goes with it, so that others can bring theirs`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            let tenant = host.tenant
            let name = try DocumentName("a")
            let request = ControlRequest.documentBegin(tenant, name, size: ByteSize(bytes: 0))
            for _ in 0..<DocumentDesk.limit / DocumentDesk.ownerLimit {
                try await ControlClient.withConnection(to: host.socket) { client in
                    for _ in 0..<DocumentDesk.ownerLimit { _ = try await client.send(request, deadline: .seconds(10)) }
                }
            }
            // The daemon hears of an end a moment after the client.
            #expect(await eventually { await problem { try await host.send(request) } == nil })
        }
    }

    @Test func `the log tells what became of a plugin`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            _ = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin()), configuration: nil))
            _ = await problem { try await host.call("exit", ["status": 7]) }
            let show = try await host.send(.pluginShow(PluginReference(tenant: host.tenant, plugin: PluginID(unchecked: "probe"))))
            #expect(show["lastExit"]?["kind"] == "exited")
            #expect(show["lastExit"]?["reason"] == "exited 7")
        }
    }
}
