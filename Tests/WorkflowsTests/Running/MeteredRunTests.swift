import GRDB
import Model
import Store
import Testing

@testable import Workflows

/// Runs as the tenant's plan counts them.
@Suite struct MeteredRunTests {
    private static func publish(_ id: String, _ node: String, _ settings: String = "{}", on fixture: EngineFixture) throws {
        try fixture.library.publish(
            """
            {"id": "\(id)", "settings": \(settings), "nodes": [
              {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "use"}]},
              {"id": "use", "type": "action", "config": \(node)}]}
            """)
    }

    private static let echo = #"{"kind": "tool", "plugin": "world", "tool": "echo"}"#

    private static func begin(_ id: String, _ key: String? = nil, on fixture: EngineFixture) async throws -> RunID {
        var beginning = WorkflowEngine.Beginning(input: .inline("1"))
        beginning.deduplication = key
        return try await fixture.engine.execute(WorkflowID(id), beginning, for: fixture.tenant)
    }

    @Test func `a run that is accepted counts once, and beyond the limit none is`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish("slow", Self.echo, on: fixture)
            fixture.world.mostRuns = 2
            let first = try await Self.begin("slow", "a", on: fixture)
            #expect(try await Self.begin("slow", "a", on: fixture) == first)
            #expect(fixture.world.countedRuns == 1)
            _ = try await Self.begin("slow", on: fixture)
            let problem = await #expect(throws: Problem.self) { try await Self.begin("slow", on: fixture) }
            #expect(problem?.code == .quotaExceeded)
            // One that is there is the answer, although there are no more.
            #expect(try await Self.begin("slow", "a", on: fixture) == first)
            #expect(try await fixture.engine.list(RunFilter(), limit: 9, after: nil, for: fixture.tenant).runs.count == 2)
            #expect(fixture.world.countedRuns == 2)
            // One that cannot be accepted counts nothing.
            fixture.world.mostRuns = 9
            await #expect(throws: Problem.self) { try await Self.begin("none", on: fixture) }
            #expect(fixture.world.countedRuns == 2)
        }
    }

    @Test func `runs of steps and replays count, and a step beyond the limit fails`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish("slow", Self.echo, on: fixture)
            try Self.publish("caller", #"{"kind": "workflow", "workflow": "slow", "retry": {"attempts": 1}}"#, on: fixture)
            #expect(try await fixture.run("caller", "7").state == .succeeded)
            #expect(fixture.world.countedRuns == 2)
            fixture.world.mostRuns = 3
            let failed = try await fixture.run("caller", "7")
            #expect(failed.error?.code == "quotaExceeded")
            #expect(fixture.world.countedRuns == 3)
            fixture.world.mostRuns = 5
            let again = try await fixture.engine.replay(failed.id, from: NodeID("use"), for: fixture.tenant)
            #expect(try await fixture.engine.wait(for: again, of: fixture.tenant, within: .seconds(20)).state == .succeeded)
            #expect(fixture.world.countedRuns == 5)
        }
    }

    @Test func `of starts that become one run that one counts, when it begins`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish("slow", Self.echo, #"{"debounce": {"quiet": "1h"}}"#, on: fixture)
            fixture.world.mostRuns = 1
            for _ in 0..<3 { _ = try await Self.begin("slow", on: fixture) }
            #expect(fixture.world.countedRuns == 0)
            try await fixture.store.tenant(fixture.tenant).write { try $0.execute(sql: "UPDATE workflowDebounce SET due = 1") }
            let next = await fixture.successor()
            await next.engine.start()
            try await eventually { next.world.calls.count == 1 }
            #expect(next.world.countedRuns == 1)
            await #expect(throws: Problem.self) { try await Self.begin("slow", on: next) }
            await next.engine.stop(within: .zero)
        }
    }
}
