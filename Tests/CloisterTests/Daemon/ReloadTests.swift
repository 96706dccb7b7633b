import Control
import Glibc
import HostTesting
import Model
import NIOCore
import Plugins
import Testing

@testable import cloister

/// A real `cloister serve` that is told by SIGHUP to read its configuration again.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ReloadTests {
    @Test func `what the operator grants and limits of the way out changes without a restart`() async throws {
        try await ServedDaemon.with("") { served in
            let server = try await Greeter.serve()
            let port = server.localAddress!.port!
            try await served.send(.tenantCreate(served.tenant, name: nil, QuotaChange()))
            try await served.send(
                .pluginRun(served.tenant, .folder(try ProxyAsker.make(in: served.folder, port: port)), configuration: nil))
            func get() async throws -> JSONValue { try await served.call("get", of: "asker", ["port": JSONValue(port)]) }
            let process = try await served.send(.status)["processID"]

            let shut = try await get()
            #expect(shut["body"]?.string?.contains("address-not-public") == true, "\(shut)")
            let log = try await served.reload("egress: {allow-private: [\"127.0.0.1:\(port)\"]}")
            #expect(log.contains("reloaded") && !log.contains("restart"), "\(log)")
            let open = try await get()
            #expect(open["body"] == "hello", "\(open)")
            _ = try await served.reload("egress: {allow-private: [\"127.0.0.1:\(port)\"], volume: 1}")
            let spent = try await get()
            #expect(spent["body"]?.string?.contains("volume-used-up") == true, "\(spent)")
            _ = try await served.reload("egress: {allow-private: [\"127.0.0.1:\(port)\"]}")
            let again = try await get()
            #expect(again["body"] == "hello", "\(again)")
            _ = try await served.reload("")
            let shutAgain = try await get()
            #expect(shutAgain["body"]?.string?.contains("address-not-public") == true, "\(shutAgain)")
            #expect(try await served.send(.status)["processID"] == process)
            try await server.close()
        }
    }

    @Test func `whose packages are installed changes without a restart`() async throws {
        try await ServedDaemon.with("") { served in
            try await served.send(.tenantCreate(served.tenant, name: nil, QuotaChange()))
            let packed = try PackagedPlugin(folder: served.folder).pack("1.0.0")
            func install() async throws {
                _ = try await PackagedPlugin.send(packed, for: served.tenant, to: served.socket) {
                    .pluginInstall(served.tenant, $0, PackageWishes())
                }
            }
            _ = try await served.reload("require-signatures: true")
            let refused = await problem { try await install() }
            #expect(refused?.code == .permissionDenied)
            _ = try await served.reload("require-signatures: false")
            try await install()
        }
    }

    @Test func `a key that needs a restart is named in the log, and a broken file changes nothing`() async throws {
        try await ServedDaemon.with("require-signatures: true") { served in
            try await served.send(.tenantCreate(served.tenant, name: nil, QuotaChange()))
            let log = try await served.reload("require-signatures: true\ndefault-quota: {cpu: 2}\nidentities: single")
            #expect(log.contains("identities, default-quota"), "\(log)")
            #expect(log.contains("restart"), "\(log)")
            for broken in ["require-signatures: maybe", "egress: {trust: [/missing.pem]}", "egres: {}"] {
                let log = try await served.reload(broken)
                #expect(log.contains("reload failed, nothing changed"), "\(log)")
            }
            let packed = try PackagedPlugin(folder: served.folder).pack("1.0.0")
            let refused = await problem {
                try await PackagedPlugin.send(packed, for: served.tenant, to: served.socket) {
                    .pluginInstall(served.tenant, $0, PackageWishes())
                }
            }
            #expect(refused?.code == .permissionDenied)
        }
    }
}
