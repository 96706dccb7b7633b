import Glibc
import Logging
import Model
import NIOCore
import Synchronization
import Testing

@testable import Control

private let acme = TenantID(unchecked: "acme")
private let exif = PluginReference(tenant: acme, plugin: PluginID(unchecked: "exif"))

@Suite(.timeLimit(.minutes(2)))
struct ControlServerTests {
    @Test func `a request reaches the handler with its caller and its answer comes back`() async throws {
        try await ControlFixture.with(handle: { request, caller, _ in
            #expect(request == .tenantShow(acme))
            return .value(["uid": .integer(Int64(caller.userID)), "pid": .integer(Int64(caller.processID)), "user": JSONValue(caller.userName)])
        }) { fixture in
            let reply = try await fixture.call(.tenantShow(acme))
            #expect(reply["uid"]?.integer == Int64(getuid()))
            #expect(reply["pid"]?.integer == Int64(getpid()))
            #expect(reply["user"]?.string == AccountNames.name(ofUser: getuid()))
        }
    }

    @Test func `input and output of a call pass through as they are`() async throws {
        let text = "{ \"z\" : 1.50e+3, \"a\":\"\\u0041\" , \"n\": 123456789012345678901234567890 }"
        try await ControlFixture.with(handle: { request, _, _ in
            guard case .pluginCall(let call) = request else { throw Problem(.invalidInput, "not a call") }
            return .raw(call.input)
        }) { fixture in
            let request = ControlRequest.pluginCall(PluginCall(exif, tool: "echo", input: ByteBuffer(string: text)))
            let reply = try await ControlClient.withConnection(to: fixture.path) { try await $0.send(request) }
            #expect(String(buffer: reply) == text)
        }
    }

    @Test func `input over several lines does not break the line it travels in`() async throws {
        try await ControlFixture.with(handle: { request, _, _ in
            guard case .pluginCall(let call) = request else { throw Problem(.invalidInput, "not a call") }
            return .raw(call.input)
        }) { fixture in
            let input = ByteBuffer(string: "{\n  \"a\": [\n    1\n  ]\n}\n")
            let reply = try await fixture.call(.pluginCall(PluginCall(exif, tool: "echo", input: input)))
            #expect(reply == ["a": [1]])
        }
    }

    @Test func `a problem arrives with its code, message and hint`() async throws {
        let problem = Problem(.notFound, "plugin not found: exif", hint: "did you mean exif-metadata?", cause: "gone")
        try await ControlFixture.with(handle: { _, _, _ in throw problem }) { fixture in
            let received = await #expect(throws: Problem.self) { try await fixture.call(.pluginShow(exif)) }
            #expect(received == problem)
        }
    }

    @Test func `an error that is no problem becomes an internal fault`() async throws {
        struct Surprise: Error {}
        try await ControlFixture.with(handle: { _, _, _ in throw Surprise() }) { fixture in
            let received = await #expect(throws: Problem.self) { try await fixture.call(.status) }
            #expect(received?.code == .internalFault)
            #expect(received?.message == "status failed")
            #expect(await eventually { fixture.log.entries.contains { $0.level == .error && $0.metadata["cause"] == "Surprise()" } })
        }
    }

    @Test(arguments: [DaemonState.starting, .reloading, .draining])
    func `a request that the state does not allow never reaches the handler`(state: DaemonState) async throws {
        try await ControlFixture.with(state: { state }) { fixture in
            let received = await #expect(throws: Problem.self) { try await fixture.call(.tenantDelete(acme)) }
            #expect(received?.code == (state == .draining ? .shuttingDown : .retryLater))
            #expect(received?.hint != nil)
            #expect(fixture.handler.seen.requests == 0)
            _ = try await fixture.call(.status)
            #expect(fixture.handler.seen.requests == 1)
        }
    }

    @Test func `requests of one connection run beside each other`() async throws {
        let second = AsyncStream<Never>.makeStream()
        try await ControlFixture.with(handle: { request, _, _ in
            if request == .tenantList() { second.continuation.finish() } else { for await _ in second.stream {} }
            return .empty
        }) { fixture in
            try await ControlClient.withConnection(to: fixture.path) { client in
                async let first = client.send(.status)
                _ = try await client.send(.tenantList())
                _ = try await first
            }
        }
    }

    @Test func `cancelling the caller's task cancels the handler's`() async throws {
        try await ControlFixture.with(handle: { _, _, _ in
            try await Task.sleep(for: .seconds(600))
            return .empty
        }) { fixture in
            try await ControlClient.withConnection(to: fixture.path) { client in
                let call = Task { try await client.send(.pluginCall(PluginCall(exif, tool: "slow"))) }
                #expect(await eventually { fixture.handler.seen.running == 1 })
                call.cancel()
                let problem = await #expect(throws: Problem.self) { try await call.value }
                #expect(problem?.code == .cancelled)
                #expect(await eventually { fixture.handler.seen.cancelled == 1 })
            }
        }
    }

    @Test func `a deadline ends the wait and cancels the request`() async throws {
        try await ControlFixture.with(handle: { _, _, _ in
            try await Task.sleep(for: .seconds(600))
            return .empty
        }) { fixture in
            try await ControlClient.withConnection(to: fixture.path) { client in
                let problem = await #expect(throws: Problem.self) {
                    try await client.send(.status, deadline: .milliseconds(50))
                }
                #expect(problem?.code == .deadlineExceeded)
                #expect(await eventually { fixture.handler.seen.cancelled == 1 })
            }
        }
    }

    @Test func `events arrive in order, before the answer, and at the request they belong to`() async throws {
        try await ControlFixture.with(handle: { request, _, stream in
            guard case .pluginLogs(_, _, let lines) = request else { return .empty }
            for number in 0..<lines { try await stream.send(["lines": JSONValue(lines), "number": JSONValue(number)]) }
            return .empty
        }) { fixture in
            try await ControlClient.withConnection(to: fixture.path) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for lines in [5, 500] {
                        group.addTask {
                            let seen = Mutex<[Int64]>([])
                            _ = try await client.send(.pluginLogs(exif, follow: false, lines: lines)) { event in
                                guard event["lines"]?.integer == Int64(lines) else { return }
                                seen.withLock { $0.append(event["number"]?.integer ?? -1) }
                            }
                            #expect(seen.withLock { $0 } == (0..<Int64(lines)).map { $0 })
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func `every request is audited with its caller and without its input`() async throws {
        try await ControlFixture.with(handle: { request, _, _ in
            if case .pluginStop = request { throw Problem(.notFound, "plugin not found: exif") }
            return .empty
        }) { fixture in
            let input = ByteBuffer(string: #"{"password":"hunter2"}"#)
            _ = try await fixture.call(.pluginCall(PluginCall(exif, tool: "extract", input: input)))
            _ = try? await fixture.call(.pluginStop(exif))
            #expect(await eventually { fixture.log.entries.count >= 2 })
            let entries = fixture.log.entries.filter { $0.message == "control request" }
            #expect(entries.map { $0.metadata["outcome"] } == ["done", "notFound"])
            #expect(entries.map { $0.metadata["method"] } == ["plugin/call", "plugin/stop"])
            #expect(entries.allSatisfy { $0.metadata["uid"] == "\(getuid())" && $0.metadata["pid"] == "\(getpid())" })
            #expect(entries.allSatisfy { $0.metadata["tenant"] == "acme" && $0.metadata["plugin"] == "exif" })
            #expect(entries[0].metadata["tool"] == "extract")
            #expect(!"\(entries)".contains("hunter2"))
        }
    }
}
