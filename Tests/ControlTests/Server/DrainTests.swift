import Glibc
import Model
import NIOCore
import Testing

@testable import Control

private let exif = PluginReference(tenant: TenantID(unchecked: "acme"), plugin: PluginID(unchecked: "exif"))

@Suite(.timeLimit(.minutes(2)))
struct DrainTests {
    @Test func `a drain lets requests end and refuses new ones`() async throws {
        let release = AsyncStream<Never>.makeStream()
        try await ControlFixture.with(handle: { request, _, _ in
            guard case .pluginCall = request else { return .empty }
            for await _ in release.stream {}
            return .value(["done": true])
        }) { fixture in
            try await ControlClient.withConnection(to: fixture.path) { client in
                async let call = client.send(.pluginCall(PluginCall(exif, tool: "slow")))
                #expect(await eventually { fixture.handler.seen.running == 1 })
                async let drained: Void = fixture.server.drain(within: .seconds(60))
                #expect(await eventually { (try? RawClient(fixture.path)) == nil })
                let problem = await #expect(throws: Problem.self) {
                    try await client.send(.pluginCall(PluginCall(exif, tool: "slow")))
                }
                #expect(problem?.code == .shuttingDown)
                _ = try await client.send(.status)
                release.continuation.finish()
                #expect(String(buffer: try await call) == #"{"done":true}"#)
                await drained
            }
        }
    }

    @Test func `a request that does not end is cancelled when the time is over`() async throws {
        try await ControlFixture.with(handle: { _, _, _ in
            try await Task.sleep(for: .seconds(600))
            return .empty
        }) { fixture in
            try await ControlClient.withConnection(to: fixture.path) { client in
                let call = Task { try await client.send(.status) }
                #expect(await eventually { fixture.handler.seen.running == 1 })
                await fixture.server.drain(within: .milliseconds(100))
                let problem = await #expect(throws: Problem.self) { try await call.value }
                #expect(problem?.code == .shuttingDown)
            }
        }
    }

    @Test func `who only follows is not waited for`() async throws {
        try await ControlFixture.with(handle: { _, _, _ in
            try await Task.sleep(for: .seconds(600))
            return .empty
        }) { fixture in
            try await ControlClient.withConnection(to: fixture.path) { client in
                let follower = Task { try await client.send(.pluginLogs(exif, follow: true, lines: 0)) }
                #expect(await eventually { fixture.handler.seen.running == 1 })
                let start = ContinuousClock.now
                await fixture.server.drain(within: .seconds(60))
                #expect(ContinuousClock.now - start < .seconds(20))
                let problem = await #expect(throws: Problem.self) { try await follower.value }
                #expect(problem?.code == .shuttingDown)
            }
        }
    }

    @Test func `after the end the socket is gone`() async throws {
        var path = ""
        try await ControlFixture.with { fixture in
            path = fixture.path
            #expect(access(path, F_OK) == 0)
        }
        #expect(access(path, F_OK) != 0)
        let problem = await #expect(throws: Problem.self) {
            try await ControlClient.withConnection(to: path) { try await $0.send(.status) }
        }
        #expect(problem?.code == .unreachable)
        #expect(problem?.message == "no daemon at \(path)")
        #expect(problem?.hint?.contains("cloister serve") == true)
    }
}
