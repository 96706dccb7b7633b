import Control
import Glibc
import HostTesting
import Model
import Testing

@testable import cloister

/// Messages to a whole daemon: at a tenant's own host, and over its death.
@Suite(.serialized, .timeLimit(.minutes(5))) struct InboundDaemonTests {
    #if DEBUG
        /// It ends itself with SIGKILL when the run is on disk and nobody was told.
        @Test func `a message that a daemon died over is known to the next one`() async throws {
            try await TemporaryFolder.with { (folder) async throws in
                let end = try await InboundDaemon.with(folder, killedAt: 1) { daemon in
                    try await daemon.publish()
                    // No answer comes.
                    await #expect(throws: Problem.self) { try await daemon.post("msg-1") }
                }
                #expect(end.signal == SIGKILL, "\(end)")
                let next = try await InboundDaemon.with(folder) { daemon in
                    let again = try await daemon.post("msg-1")
                    #expect(again.status == 409, "\(again.text)")
                    let other = try await daemon.post("msg-2")
                    #expect(other.status == 202, "\(other.text)")
                    let isDone = await eventually {
                        let runs = (try? await daemon.runs()) ?? []
                        return runs.count == 2 && runs.allSatisfy { $0["state"] == "succeeded" }
                    }
                    #expect(isDone)
                }
                #expect(next.status == 0, "\(next)")
            }
        }
    #endif

    @Test func `a tenant's own host takes that tenant's messages, and no other's`() async throws {
        try await TemporaryFolder.with { (folder) async throws in
            let end = try await InboundDaemon.with(folder, more: "domains: {base: host.test, addresses: [127.0.0.1]}") { daemon in
                try await daemon.publish()
                try await daemon.send(.tenantCreate(TenantID("globex"), name: nil, QuotaChange()))
                for (tenant, host) in [("acme", "acme.host.test"), ("globex", "globex.host.test")] {
                    try await daemon.send(.whitelabel(.addDomain(TenantID(tenant), host)))
                }
                for (number, path) in ["/in/orders/arrived", "/in/acme/orders/arrived"].enumerated() {
                    #expect(try await daemon.post("own-\(number)", to: path, host: "acme.host.test").status == 202)
                    #expect(try await daemon.post("other-\(number)", to: path, host: "globex.host.test").status == 404)
                }
                #expect(try await daemon.post("house", host: "host.test").status == 202)
                #expect(try await daemon.post("nobody", host: "other.test").status == 421)
                #expect(try await daemon.runs().count == 3)
            }
            #expect(end.status == 0, "\(end)")
        }
    }
}
