import Model
import NIOCore
import Synchronization
import Testing
import Wire

@testable import Control

private let exif = PluginReference(tenant: TenantID(unchecked: "acme"), plugin: PluginID(unchecked: "exif"))

@Suite(.timeLimit(.minutes(2)))
struct HostileClientTests {
    @Test func `a client that goes takes its requests with it`() async throws {
        try await ControlFixture.with(handle: { _, _, _ in
            try await Task.sleep(for: .seconds(600))
            return .empty
        }) { fixture in
            var client: RawClient? = try RawClient(fixture.path)
            for id in 1...3 { await client?.write(#"{"jsonrpc":"2.0","id":\#(id),"method":"status"}"# + "\n") }
            #expect(await eventually { fixture.handler.seen.running == 3 })
            client = nil
            #expect(await eventually { fixture.handler.seen.cancelled == 3 })
            #expect(await eventually { fixture.handler.seen.ended.count == 1 })
        }
    }

    @Test func `a request taken back by its identifier is cancelled, and the others are not`() async throws {
        let release = AsyncStream<Never>.makeStream()
        try await ControlFixture.with(handle: { request, _, _ in
            if request == .status { try await Task.sleep(for: .seconds(600)) }
            for await _ in release.stream {}
            return .empty
        }) { fixture in
            let client = try RawClient(fixture.path)
            await client.write(#"{"jsonrpc":"2.0","id":"a","method":"status"}"# + "\n")
            await client.write(#"{"jsonrpc":"2.0","id":"b","method":"tenant/list"}"# + "\n")
            #expect(await eventually { fixture.handler.seen.running == 2 })
            await client.write(#"{"jsonrpc":"2.0","method":"cancel","params":{"id":"nobody"}}"# + "\n")
            await client.write(#"{"jsonrpc":"2.0","method":"cancel","params":{"id":"a"}}"# + "\n")
            let first = await client.read(lines: 1)
            #expect(first.hasPrefix(#"{"jsonrpc":"2.0","id":"a","error":{"code":-31996,"#))
            #expect(fixture.handler.seen.running == 1)
            release.continuation.finish()
            #expect(await client.read(lines: 1) == #"{"jsonrpc":"2.0","id":"b","result":{}}"# + "\n")
        }
    }

    @Test func `a flood is answered in full, a bounded number at a time`() async throws {
        let count = 20_000
        try await ControlFixture.with(handle: { _, _, _ in
            await Task.yield()
            return .empty
        }) { fixture in
            let client = try RawClient(fixture.path)
            let writer = Task.detached {
                for id in 0..<count { await client.write(#"{"jsonrpc":"2.0","id":\#(id),"method":"status"}"# + "\n") }
            }
            let answers = await Task.detached { await client.read(lines: count) }.value
            await writer.value
            #expect(answers.split(separator: "\n").count == count)
            #expect(fixture.handler.seen.requests == count)
            #expect(fixture.handler.seen.mostRunning <= 65)
        }
    }

    @Test func `a client that never reads holds back its events and nobody else`() async throws {
        let sent = Mutex(0)
        let line = JSONValue.string(String(repeating: "x", count: 1000))
        try await ControlFixture.with(handle: { request, _, stream in
            guard case .pluginLogs = request else { return .empty }
            while true {
                try await stream.send(["line": line])
                sent.withLock { $0 += 1 }
            }
        }) { fixture in
            var client: RawClient? = try RawClient(fixture.path)
            await client?.write(
                #"{"jsonrpc":"2.0","id":1,"method":"plugin/logs","params":{"tenant":"acme","plugin":"exif","follow":true}}"#
                    + "\n")
            #expect(await eventually {
                let before = sent.withLock { $0 }
                try? await Task.sleep(for: .milliseconds(200))
                return before > 0 && before == sent.withLock { $0 }
            })
            #expect(sent.withLock { $0 } < 10_000)
            _ = try await fixture.call(.status)
            client = nil
            #expect(await eventually { fixture.handler.seen.running == 0 })
        }
    }

    @Test func `a line may come in halves, and a half line harms nobody`() async throws {
        try await ControlFixture.with { fixture in
            let patient = try RawClient(fixture.path)
            for character in #"{"jsonrpc":"2.0","id":1,"method":"status"}"# + "\n" {
                await patient.write(String(character))
            }
            #expect(await patient.read(lines: 1) == #"{"jsonrpc":"2.0","id":1,"result":{}}"# + "\n")
            var abrupt: RawClient? = try RawClient(fixture.path)
            await abrupt?.write(#"{"jsonrpc":"2.0","id":1,"meth"#)
            abrupt = nil
            #expect(await eventually { fixture.handler.seen.ended.count == 1 })
            _ = try await fixture.call(.status)
        }
    }

    @Test func `three lines that are no messages end the connection`() async throws {
        try await ControlFixture.with { fixture in
            let client = try RawClient(fixture.path)
            await client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(await eventually { client.isEnded })
            #expect(await eventually { fixture.log.entries.contains { $0.message.contains("GET / HTTP/1.1") } })
            _ = try await fixture.call(.status)
        }
    }

    @Test func `a line over the limit ends the connection`() async throws {
        var limits = ControlServer.Limits()
        limits.peer.lineBytes = 1000
        try await ControlFixture.with(limits: limits) { fixture in
            let client = try RawClient(fixture.path)
            await client.write(String(repeating: "a", count: 2000))
            #expect(await eventually { client.isEnded })
            _ = try await fixture.call(.status)
        }
    }

    @Test func `one connection too many is told so, and the others keep working`() async throws {
        var limits = ControlServer.Limits()
        limits.connections = 2
        limits.turnedAway = 1
        try await ControlFixture.with(limits: limits) { fixture in
            try await ControlClient.withConnection(to: fixture.path) { first in
                var second: RawClient? = try RawClient(fixture.path)
                await second?.write(#"{"jsonrpc":"2.0","id":1,"method":"status"}"# + "\n")
                #expect(await second?.read(lines: 1).contains("result") == true)
                _ = try await first.send(.status)
                let problem = await #expect(throws: Problem.self) { try await fixture.call(.status) }
                #expect(problem?.code == .retryLater)
                #expect(problem?.message == "the daemon already serves 2 control connections")
                _ = try await first.send(.status)
                second = nil
                #expect(await eventually { (try? await fixture.call(.status)) != nil })
            }
        }
    }

    @Test func `a hundred silent connections neither crash nor lock the daemon`() async throws {
        var limits = ControlServer.Limits()
        limits.idle = .milliseconds(300)
        try await ControlFixture.with(limits: limits) { fixture in
            let silent = try (0..<100).map { _ in try RawClient(fixture.path) }
#expect(await eventually { silent.allSatisfy(\.isEnded) })
            #expect(await eventually { (try? await fixture.call(.status)) != nil })
        }
    }

    @Test func `a request in flight keeps a silent connection alive`() async throws {
        var limits = ControlServer.Limits()
        limits.idle = .milliseconds(500)
        try await ControlFixture.with(limits: limits, handle: { _, _, _ in
            try await Task.sleep(for: .seconds(2))
            return .empty
        }) { fixture in
            // On a busy machine a connection may be idle for too long before its request is on the way.
            while fixture.handler.seen.requests == 0 { _ = try? await fixture.call(.status) }
            #expect(await eventually { fixture.handler.seen.running == 0 })
            #expect(fixture.handler.seen.cancelled == 0)
        }
    }
}
