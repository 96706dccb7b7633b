import GRDB
import Model
import Store
import Testing

@testable import Workflows

/// How many runs begin in a time.
@Suite struct ThrottleTests {
    private static func publish(_ throttle: String, _ more: String = "", on fixture: EngineFixture) throws {
        try fixture.library.publish(
            """
            {"id": "slow", "settings": {"throttle": \(throttle)\(more)}, "nodes": [
              {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "use"}]},
              {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}}]}
            """)
    }

    private static func begin(_ input: String, on fixture: EngineFixture) async throws -> RunID {
        try await fixture.engine.execute(WorkflowID("slow"), .init(input: .inline(input)), for: fixture.tenant)
    }

    @Test func `a bucket gives what it holds at once, and then one token in each interval`() async throws {
        try await EngineFixture.with { fixture in
            let tenant = try await fixture.store.tenant(fixture.tenant)
            let throttle = RunOrigin.Throttle(key: "a", interval: 1000, burst: 3)
            let times = try await tenant.write { database in
                try [0, 0, 0, 0, 0, 500, 9000, 9000, 9000, 9000].map { try RunQueries.reserve(throttle, at: 50_000 + $0, in: database).map { $0 - 50_000 } }
            }
            #expect(times == [nil, nil, nil, 1000, 2000, 3000, nil, nil, nil, 10_000])
            // A clock that was set back by years keeps nothing back for longer than a full queue would.
            let back = try await tenant.write { try RunQueries.reserve(throttle, at: 1, in: $0) }
            #expect(try #require(back) <= 1000 * Int64(TenantRuns.queueLimit) + 1)
            let other = try await tenant.write { try RunQueries.reserve(.init(key: "b", interval: 1000, burst: 1), at: 50_000, in: $0) }
            #expect(other == nil)
        }
    }

    @Test func `runs beyond the rate are held and begin in their order, each key by itself, whoever takes over`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"limit": 1, "per": "2s", "key": "${ .who }"}"#, on: fixture)
            let began = ContinuousClock.now
            let ids = [
                try await Self.begin(#"{"n":1,"who":"a"}"#, on: fixture), try await Self.begin(#"{"n":2,"who":"a"}"#, on: fixture),
                try await Self.begin(#"{"n":3,"who":"b"}"#, on: fixture), try await Self.begin(#"{"n":4,"who":"a"}"#, on: fixture),
            ]
            // Of what is cut off in between nobody would know whether it was done.
            for id in [ids[0], ids[2]] {
                #expect(try await fixture.engine.wait(for: id, of: fixture.tenant, within: .seconds(20)).state == .succeeded)
            }
            let next = await fixture.successor()
            await next.engine.start()
            for id in ids {
                #expect(try await next.engine.wait(for: id, of: next.tenant, within: .seconds(20)).state == .succeeded)
            }
            #expect(ContinuousClock.now - began >= .seconds(4))
            let first = next.world.calls.map(\.input).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            // Two whose time has come while the machine was busy begin together.
            let ofA = first.filter { $0.contains("a") }
            #expect(ofA.first == #"{"n":1,"who":"a"}"# && Set(ofA) == [#"{"n":1,"who":"a"}"#, #"{"n":2,"who":"a"}"#, #"{"n":4,"who":"a"}"#])
            #expect(first.contains(#"{"n":3,"who":"b"}"#))
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `a run that its throttle lets begin still waits for a place`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "slow", "settings": {"throttle": {"limit": 10, "per": "10s"}, "concurrency": {"limit": 1}}, "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "hold"}]},
                  {"id": "hold", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "hold"}}]}
                """)
            var ids: [RunID] = []
            for number in 0..<12 { ids.append(try await Self.begin("\(number)", on: fixture)) }
            for number in 1...12 {
                try await eventually { fixture.world.held == 1 && fixture.world.calls.count == number }
                fixture.world.release()
            }
            #expect(fixture.world.most == 1)
            #expect(Set(fixture.world.calls.map(\.input)) == Set((0..<12).map(String.init)))
        }
    }

    @Test func `a run that is cancelled before its time begins nothing`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"limit": 1, "per": "1h"}"#, on: fixture)
            _ = try await Self.begin("1", on: fixture)
            let second = try await Self.begin("2", on: fixture)
            try await fixture.engine.post(.cancelled, to: second, of: fixture.tenant)
            #expect(try await fixture.engine.show(second, for: fixture.tenant).state == .cancelled)
            try await eventually { fixture.world.calls.count == 1 }
        }
    }

    @Test func `the token of a run that is cancelled before its time is for those behind it, of its key alone`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"limit": 1, "per": "1h", "key": "${ .who }"}"#, on: fixture)
            let store = try await fixture.store.tenant(fixture.tenant)
            func wake(_ run: RunID) async throws -> Int64? {
                try await store.read { try Int64.fetchOne($0, sql: "SELECT wake FROM workflowRun WHERE id = ?", arguments: [run.rawValue]) }
            }
            func begin(_ who: String) async throws -> RunID { try await Self.begin(#"{"who":"\#(who)"}"#, on: fixture) }
            func cancel(_ run: RunID) async throws { try await fixture.engine.post(.cancelled, to: run, of: fixture.tenant) }
            _ = try await begin("a")
            let (second, third, fourth) = (try await begin("a"), try await begin("a"), try await begin("a"))
            _ = try await begin("b")
            let other = try await begin("b")
            let times = [try await wake(second), try await wake(third), try await wake(fourth), try await wake(other)]
            #expect(times[2] == times[1].map { $0 + 3_600_000 })

            try await cancel(third)
            #expect(try await wake(fourth) == times[1])
            #expect(try await wake(second) == times[0])
            #expect(try await wake(other) == times[3])
            // What comes now comes behind the last.
            let fifth = try await begin("a")
            #expect(try await wake(fifth) == times[2])
            // The one that is next, and then the last of all, of which a token is left for whoever comes.
            try await cancel(second)
            #expect(try await wake(fourth) == times[0])
            try await cancel(fifth)
            let sixth = try await begin("a")
            #expect(try await wake(sixth) == times[1])
            // A second wish changes nothing.
            try? await cancel(fifth)
            #expect(try await wake(sixth) == times[1])
            #expect(try await wake(other) == times[3])
        }
    }
}
