import GRDB
import Model
import Store
import Testing

@testable import Workflows

/// Starts that come shortly after each other.
@Suite struct DebounceTests {
    private static func publish(_ settings: String, on fixture: EngineFixture) throws {
        try fixture.library.publish(
            """
            {"id": "slow", "settings": \(settings), "nodes": [
              {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "use"}]},
              {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}}]}
            """)
    }

    private static func begin(_ input: String, _ key: String? = nil, on fixture: EngineFixture) async throws -> RunID {
        var beginning = WorkflowEngine.Beginning(input: .inline(input))
        beginning.deduplication = key
        return try await fixture.engine.execute(WorkflowID("slow"), beginning, for: fixture.tenant)
    }

    /// Lets the quiet of all end.
    private static func pass(_ fixture: EngineFixture) async throws {
        let store = try await fixture.store.tenant(fixture.tenant)
        _ = try await store.write { try RunQueries.releaseDebounced(at: Moment.now + 86_400_000, in: $0) }
    }

    private static func waiting(_ fixture: EngineFixture) async throws -> [String: Int64] {
        try await fixture.store.tenant(fixture.tenant).read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT run, due FROM workflowDebounce")
            return Dictionary(uniqueKeysWithValues: rows.map { ($0["run"], $0["due"]) })
        }
    }

    @Test func `of starts that come shortly after each other the last begins, each key by itself, whoever takes over`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"debounce": {"quiet": "1h", "key": "${ .who }"}}"#, on: fixture)
            var ids: [RunID] = []
            for input in [#"{"n":1,"who":"a"}"#, #"{"n":2,"who":"a"}"#, #"{"n":3,"who":"b"}"#, #"{"n":4,"who":"a"}"#] {
                ids.append(try await Self.begin(input, on: fixture))
            }
            for (old, new) in [(0, 1), (1, 3)] {
                let run = try await fixture.engine.show(ids[old], for: fixture.tenant)
                #expect(run.state == .cancelled)
                #expect(run.ended != nil)
                #expect(run.error == StepError("superseded", "run \(ids[new]) came later and took its place"))
            }
            for held in [2, 3] { #expect(try await fixture.engine.show(ids[held], for: fixture.tenant).isHeld) }
            let next = await fixture.successor()
            try await Self.pass(next)
            #expect(try await Self.waiting(next).isEmpty)
            await next.engine.start()
            for id in [ids[2], ids[3]] {
                #expect(try await next.engine.wait(for: id, of: next.tenant, within: .seconds(20)).state == .succeeded)
            }
            #expect(next.world.calls.map(\.input).sorted() == [#"{"n":3,"who":"b"}"#, #"{"n":4,"who":"a"}"#])
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `a run begins by itself when nothing more has come, also where the time passed while nobody was there`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"debounce": {"quiet": "100ms"}}"#, on: fixture)
            let first = try await Self.begin("1", on: fixture)
            #expect(try await fixture.engine.wait(for: first, of: fixture.tenant, within: .seconds(20)).state == .succeeded)
            let second = try await Self.begin("2", on: fixture)
            let next = await fixture.successor()
            try await Task.sleep(for: .milliseconds(150))
            await next.engine.start()
            #expect(try await next.engine.wait(for: second, of: next.tenant, within: .seconds(20)).state == .succeeded)
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `who waits for a start that another took the place of is told, and who looks on`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"debounce": {"quiet": "1h"}}"#, on: fixture)
            let id = try await Self.begin("1", on: fixture)
            let (engine, tenant) = (fixture.engine, fixture.tenant)
            let waiter = Task { try await engine.wait(for: id, of: tenant, within: .seconds(60)) }
            let follower = Task {
                var states: [Run.State] = []
                try await engine.follow(id, of: tenant) { run, _ in states.append(run.state) }
                return states
            }
            try await eventually { engine.watch.count(of: tenant) == 1 }
            _ = try await Self.begin("2", on: fixture)
            #expect(try await waiter.value.error?.code == "superseded")
            #expect(try await follower.value.last == .cancelled)
        }
    }

    @Test func `however many come one begins in the end`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"debounce": {"quiet": "1h", "longest": "2h"}}"#, on: fixture)
            let first = try await Self.begin("1", on: fixture)
            let run = try await fixture.engine.show(first, for: fixture.tenant)
            #expect(try await Self.waiting(fixture) == [first.rawValue: run.began + 3_600_000])
            let store = try await fixture.store.tenant(fixture.tenant)
            let latest = try await store.read { try Int64.fetchOne($0, sql: "SELECT latest FROM workflowDebounce") }
            #expect(latest == run.began + 7_200_000)
            // As if the first had come nearly two hours ago.
            let soon = Moment.now + 60_000
            try await store.write { try $0.execute(sql: "UPDATE workflowDebounce SET latest = ?", arguments: [soon]) }
            _ = try await Self.begin("2", on: fixture)
            let third = try await Self.begin("3", on: fixture)
            #expect(try await Self.waiting(fixture) == [third.rawValue: soon])
            // A clock that was set back.
            try await store.write { try $0.execute(sql: "UPDATE workflowDebounce SET latest = ?", arguments: [Int64.max]) }
            let fourth = try await Self.begin("4", on: fixture)
            let began = try await fixture.engine.show(fourth, for: fixture.tenant).began
            #expect(try await Self.waiting(fixture) == [fourth.rawValue: began + 3_600_000])
        }
    }

    @Test func `a start that is known already is none`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"debounce": {"quiet": "1h"}}"#, on: fixture)
            let first = try await Self.begin("1", "message-1", on: fixture)
            let second = try await Self.begin("2", "message-2", on: fixture)
            #expect(try await Self.begin("1", "message-1", on: fixture) == first)
            #expect(try await Self.begin("2", "message-2", on: fixture) == second)
            #expect(try await Self.waiting(fixture).keys.sorted() == [second.rawValue])
        }
    }

    @Test func `a run that is cancelled before its time begins nothing, and the next one waits anew`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"debounce": {"quiet": "1h"}}"#, on: fixture)
            let first = try await Self.begin("1", on: fixture)
            try await fixture.engine.post(.cancelled, to: first, of: fixture.tenant)
            #expect(try await Self.waiting(fixture).isEmpty)
            let second = try await Self.begin("2", on: fixture)
            let run = try await fixture.engine.show(first, for: fixture.tenant)
            #expect(run.state == .cancelled)
            #expect(run.error == nil)
            #expect(try await Self.waiting(fixture).keys.sorted() == [second.rawValue])
        }
    }

    @Test func `only what begins takes a token, and then waits for a place`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "slow", "settings": {"debounce": {"quiet": "1h"}, "throttle": {"limit": 2, "per": "10h"}, "concurrency": {"limit": 1}},
                 "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "hold"}]},
                  {"id": "hold", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "hold"}}]}
                """)
            let store = try await fixture.store.tenant(fixture.tenant)
            func wakes() async throws -> [Int64?] {
                try await store.read { database in
                    try Row.fetchAll(database, sql: "SELECT wake FROM workflowRun WHERE phase = 'held'").map { $0["wake"] as Int64? }
                }
            }
            for input in ["1", "2", "3"] { _ = try await Self.begin(input, on: fixture) }
            #expect(try await store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM workflowThrottle") } == 0)
            try await Self.pass(fixture)
            #expect(try await wakes().isEmpty)
            _ = try await Self.begin("4", on: fixture)
            try await eventually { fixture.world.held == 1 }
            // It has a token, and no place.
            try await Self.pass(fixture)
            #expect(try await wakes() == [nil])
            // The next one has neither.
            let fifth = try await Self.begin("5", on: fixture)
            try await Self.pass(fixture)
            let left = try await wakes().compactMap { $0 }
            #expect(left.count == 1)
            #expect(left.allSatisfy { $0 > Moment.now && $0 < RunQueries.quiet })
            // Which it gives back when it is not to begin.
            func full() async throws -> Int64? { try await store.read { try Int64.fetchOne($0, sql: "SELECT due FROM workflowThrottle") } }
            let before = try #require(try await full())
            try await fixture.engine.post(.cancelled, to: fifth, of: fixture.tenant)
            #expect(try await full() == before - 5 * 3_600_000)
            fixture.world.release()
            try await eventually { fixture.world.calls.map(\.input) == ["3", "4"] && fixture.world.held == 1 }
            fixture.world.release()
        }
    }

    @Test func `what a run waits for as its step is not put together with others`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"debounce": {"quiet": "1h"}}"#, on: fixture)
            try fixture.library.publish(
                """
                {"id": "caller", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "call"}]},
                  {"id": "call", "type": "action", "config": {"kind": "workflow", "workflow": "slow"}}]}
                """)
            #expect(try await fixture.run("caller", "7").output?.text == "7")
        }
    }

    @Test func `in a tenant that comes back nothing begins of itself, and what waited may be resumed`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"debounce": {"quiet": "1h"}}"#, on: fixture)
            let id = try await Self.begin("1", on: fixture)
            let store = try await fixture.store.tenant(fixture.tenant)
            try await store.write { database in
                try database.execute(sql: "UPDATE workflowDebounce SET due = 9223372036854775807, latest = -9223372036854775808")
                try RunSchema.comesBack(database)
            }
            let run = try await fixture.engine.show(id, for: fixture.tenant)
            #expect(run.isPaused)
            #expect(!run.isHeld)
            #expect(try await Self.waiting(fixture).isEmpty)
            let next = await fixture.successor()
            await next.engine.start()
            try await next.engine.post(.resumed, to: id, of: next.tenant)
            #expect(try await next.engine.wait(for: id, of: next.tenant, within: .seconds(20)).state == .succeeded)
            await next.engine.stop(within: .zero)
        }
    }
}
