import Model
import GRDB
import Store
import Testing

@testable import Workflows

/// Runs that wait for their turn, and those who look at them.
@Suite struct HeldRunTests {
    private static func publish(_ settings: String, on fixture: EngineFixture) throws {
        try fixture.library.publish(
            """
            {"id": "slow", "settings": \(settings), "nodes": [
              {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "use"}]},
              {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "hold"}}]}
            """)
    }

    private static func begin(_ fixture: EngineFixture) async throws -> RunID {
        try await fixture.engine.execute(WorkflowID("slow"), .init(input: .inline("1")), for: fixture.tenant)
    }

    @Test func `who follows a run that ends before it began is told so`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"throttle": {"limit": 1, "per": "24h"}}"#, on: fixture)
            _ = try await Self.begin(fixture)
            let held = try await Self.begin(fixture)
            let (engine, tenant) = (fixture.engine, fixture.tenant)
            let follower = Task {
                var states: [Run.State] = []
                try await engine.follow(held, of: tenant) { run, _ in states.append(run.state) }
                return states
            }
            try await eventually { engine.watch.count(of: tenant) == 1 }
            try await engine.post(.cancelled, to: held, of: tenant)
            #expect(try await follower.value == [.running, .cancelled])
            try await eventually { engine.watch.count(of: tenant) == 0 }
        }
    }

    @Test func `who follows runs of a tenant that is replaced is sent away`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish("{}", on: fixture)
            let id = try await Self.begin(fixture)
            let (engine, tenant) = (fixture.engine, fixture.tenant)
            try await eventually { fixture.world.held == 1 }
            let stream = try engine.watch.news(of: id, in: tenant)
            fixture.world.release()
            try await engine.whileAway(tenant) { () throws(Problem) in }
            for await _ in stream {}
            try await eventually { engine.watch.count(of: tenant) == 0 }
        }
    }

    @Test func `what could not begin while the daemon was away comes as far apart as it would have`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"throttle": {"limit": 1, "per": "1h"}}"#, on: fixture)
            for _ in 0..<4 { _ = try await Self.begin(fixture) }
            let store = try await fixture.store.tenant(fixture.tenant)
            let now = Moment.now + 86_400_000
            let left = try await store.write { database in
                _ = try RunQueries.releaseThrottled(at: now, in: database)
                return try RunQueries.nextWake(after: now, in: database)
            }
            let held = try await fixture.engine.list(RunFilter(), limit: 9, after: nil, for: fixture.tenant).runs.count { $0.isHeld }
            #expect(held == 2)
            #expect(try #require(left) > now + 3_500_000)
        }
    }

    @Test func `two who repeat failed runs at once repeat each once`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "slow", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "use"}]},
                  {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "fail", "retry": {"attempts": 1}}}]}
                """)
            for _ in 0..<5 {
                let id = try await Self.begin(fixture)
                _ = try await fixture.engine.wait(for: id, of: fixture.tenant, within: .seconds(20))
            }
            let (engine, tenant) = (fixture.engine, fixture.tenant)
            async let first = engine.replayAll(RunFilter(), from: nil, version: nil, limit: 10, after: nil, for: tenant)
            async let second = engine.replayAll(RunFilter(), from: nil, version: nil, limit: 10, after: nil, for: tenant)
            _ = try await (first, second)
            #expect(try await engine.list(RunFilter(), limit: 50, after: nil, for: tenant).runs.count == 10)
        }
    }

    @Test func `numbers of places that no daemon has written stop nothing`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"concurrency": {"limit": 1}}"#, on: fixture)
            for _ in 0..<3 { _ = try await Self.begin(fixture) }
            let store = try await fixture.store.tenant(fixture.tenant)
            try await store.write { database in
                try database.execute(sql: "UPDATE workflowRun SET concurrencyLimit = -9223372036854775808")
                let key = try String.fetchOne(database, sql: "SELECT concurrency FROM workflowRun") ?? ""
                #expect(try RunQueries.room(.init(key: key, limit: .min), in: database) == 0)
                try RunSchema.comesBack(database)
                #expect(try Int.fetchAll(database, sql: "SELECT DISTINCT concurrencyLimit FROM workflowRun") == [1])
            }
        }
    }
}
