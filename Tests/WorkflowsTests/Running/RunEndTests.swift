import GRDB
import HostTesting
import Logging
import Model
import Store
import Testing

@testable import Workflows

/// Ends of runs and of engines, and what is in their way.
@Suite(.timeLimit(.minutes(3))) struct RunEndTests {
    private static let slow = """
        {"id": "slow", "settings": {"errorHandler": "mender"}, "nodes": [
          {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "hold"}]},
          {"id": "hold", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "hold"}, "connections": [{"to": "next"}]},
          {"id": "next", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}, "connections": [{"to": "last"}]},
          {"id": "last", "type": "action", "config": {"kind": "transform", "expression": "."}}]}
        """
    private static let mender = """
        {"id": "mender", "nodes": [
          {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "use"}]},
          {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "mend"}}]}
        """

    @Test func `a stop lets effects end and begins no more, and another engine goes on`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.slow)
            let id = try await fixture.engine.execute(WorkflowID("slow"), .init(input: .inline("7")), for: fixture.tenant)
            try await eventually { fixture.world.held == 1 }
            async let stopped: Void = fixture.engine.stop(within: .seconds(20))
            try await Task.sleep(for: .milliseconds(100))
            fixture.world.release()
            await stopped
            #expect(fixture.world.calls.map(\.tool) == ["hold"])
            let next = await fixture.successor()
            await next.engine.start()
            let run = try await next.engine.wait(for: id, of: fixture.tenant, within: .seconds(20))
            #expect(run.state == .succeeded)
            #expect(run.output?.text == "7")
            #expect(next.world.calls.map(\.tool) == ["hold", "echo"])
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `what the end of a run starts is started once, also by the next daemon`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.mender)
            try fixture.library.publish(
                """
                {"id": "broken", "settings": {"errorHandler": "mender"}, "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "hold"}]},
                  {"id": "hold", "type": "action",
                   "config": {"kind": "tool", "plugin": "world", "tool": "hold", "idempotency": "idempotent"}, "connections": [{"to": "stop"}]},
                  {"id": "stop", "type": "action", "config": {"kind": "raise", "message": "no more"}}]}
                """)
            let id = try await fixture.engine.execute(WorkflowID("broken"), for: fixture.tenant)
            try await eventually { fixture.world.held == 1 }
            fixture.world.release()
            let ended = try await fixture.engine.wait(for: id, of: fixture.tenant, within: .seconds(20))
            #expect(ended.state == .failed)
            try await eventually { fixture.world.calls.contains { $0.tool == "mend" } }
            let store = try await fixture.store.tenant(fixture.tenant)
            try await eventually { try await store.read { try RunQueries.owing(10, in: $0) }.isEmpty }

            // As if the daemon had died before it noted that, and before it had started anything.
            for deletes in [false, true] {
                let next = await fixture.successor()
                try await store.write { database in
                    try database.execute(sql: "UPDATE workflowRun SET isOwing = 1 WHERE id = ?", arguments: [id.rawValue])
                    if deletes { try database.execute(sql: "DELETE FROM workflowRun WHERE workflow = 'mender'") }
                }
                await next.engine.start()
                try await eventually { try await store.read { try RunQueries.owing(10, in: $0) }.isEmpty }
                try await eventually { fixture.world.calls.count { $0.tool == "mend" } == (deletes ? 2 : 1) }
                await next.engine.stop(within: .zero)
            }
        }
    }

    @Test func `a run whose version is gone fails and says so`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.slow)
            let id = try await fixture.engine.execute(WorkflowID("slow"), for: fixture.tenant)
            try await eventually { fixture.world.held == 1 }
            let next = await fixture.successor()
            fixture.library.lose(WorkflowID(unchecked: "slow"))
            await next.engine.start()
            let run = try await next.engine.wait(for: id, of: fixture.tenant, within: .seconds(20))
            #expect(run.state == .failed)
            #expect(run.error?.message == "version 1 of workflow slow is not there any more")
            #expect(try await next.steps(of: id).allSatisfy { $0.state.isTerminal })
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `a run that nobody can read is shown to people, and can be cancelled`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.slow)
            let id = try await fixture.engine.execute(WorkflowID("slow"), for: fixture.tenant)
            try await eventually { fixture.world.held == 1 }
            let next = await fixture.successor()
            fixture.library.damage(WorkflowID(unchecked: "slow"))
            await next.engine.start()
            let tenant = fixture.tenant
            try await eventually { try await next.engine.show(id, for: tenant).needsPerson }
            let refusal = await problem { try await next.engine.post(.resumed, to: id, of: tenant) }
            #expect(refusal?.code == .retryLater)
            try await next.engine.post(.cancelled, to: id, of: tenant)
            let run = try await next.engine.show(id, for: tenant)
            #expect(run.state == .cancelled)
            #expect(!run.needsPerson)
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `a run waits for an evaluator that is busy, and can be cancelled meanwhile`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.slow.replacing("\"tool\": \"hold\"", with: "\"tool\": \"echo\""))
            fixture.world.refuse(3)
            let run = try await fixture.run("slow", "5")
            #expect(run.state == .succeeded)
            #expect(run.output?.text == "5")

            fixture.world.refuse(1000)
            let id = try await fixture.engine.execute(WorkflowID("slow"), for: fixture.tenant)
            try await Task.sleep(for: .milliseconds(300))
            #expect(try await fixture.engine.show(id, for: fixture.tenant).state == .running)
            try await fixture.engine.post(.cancelled, to: id, of: fixture.tenant)
            #expect(try await fixture.engine.show(id, for: fixture.tenant).state == .cancelled)
        }
    }

    @Test func `of a loop that is taken up again nothing is read of the iterations that are over`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "each", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "files"}]},
                  {"id": "files", "type": "loop", "config": {"kind": "forEach", "items": "."}, "connections": [{"port": "each", "to": "use"}]},
                  {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}, "connections": [{"to": "stay"}]},
                  {"id": "stay", "type": "condition", "config": {"kind": "if", "condition": ".last"},
                   "connections": [{"port": "true", "to": "hold"}]},
                  {"id": "hold", "type": "action",
                   "config": {"kind": "tool", "plugin": "world", "tool": "hold", "idempotency": "idempotent"}}]}
                """)
            let id = try await fixture.engine.execute(
                WorkflowID("each"), .init(input: .inline(#"[{"n":0},{"n":1},{"n":2,"last":true},{"n":3}]"#)), for: fixture.tenant)
            try await eventually { fixture.world.held == 1 }
            let next = await fixture.successor()
            let open = try await fixture.store.tenant(fixture.tenant).read { try RunQueries.openSteps(of: id, in: $0) }
            #expect(open.map(\.key.description) == ["start", "files", "files.0/files", "files.1/files", "files.2/files", "files.2/use", "files.2/stay", "files.2/hold"])
            await next.engine.start()
            try await eventually { next.world.held == 1 }
            next.world.release()
            let run = try await next.engine.wait(for: id, of: fixture.tenant, within: .seconds(20))
            #expect(run.output?.text == #"[{"n":0},{"n":1},{"last":true,"n":2},{"n":3}]"#)
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `old runs go with their steps, and their room is given back`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "wide", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "use"}]},
                  {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}}]}
                """)
            let text = "\"" + String(repeating: "x", count: 60_000) + "\""
            var ids: [RunID] = []
            for _ in 0..<30 { ids.append(try await fixture.run("wide", text).id) }
            let store = try await fixture.store.tenant(fixture.tenant)
            @Sendable func counts() async throws -> (runs: Int, steps: Int, pages: Int) {
                try await store.read { database in
                    (
                        try Int.fetchOne(database, sql: "SELECT count(*) FROM workflowRun") ?? 0,
                        try Int.fetchOne(database, sql: "SELECT count(*) FROM workflowStep") ?? 0,
                        try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
                    )
                }
            }
            let before = try await counts()
            #expect(before.runs == 30)
            await fixture.engine.sweep(fixture.tenant)
            #expect(try await counts().runs == 30)

            func sweep(_ retention: RunRetention) async {
                let engine = WorkflowEngine(
                    fixture.store, source: fixture.library, evaluator: PathEvaluator(world: fixture.world), invoker: fixture.world,
                    retention: retention, logger: .init(label: "test"))
                await engine.sweep(fixture.tenant)
            }
            var retention = RunRetention()
            retention.count = 20
            await sweep(retention)
            #expect(try await counts().runs == 20)
            // About six times 60,000 bytes for each.
            retention.size = ByteSize(bytes: 3_000_000)
            await sweep(retention)
            let lighter = try await counts()
            #expect((5...10).contains(lighter.runs), "\(lighter.runs)")
            #expect(lighter.steps == lighter.runs * 2)
            #expect(lighter.pages < before.pages / 2, "\(before.pages) pages, then \(lighter.pages)")
            #expect(await problem { try await fixture.engine.show(ids[0], for: fixture.tenant) }?.code == .notFound)
            _ = try await fixture.engine.show(ids[29], for: fixture.tenant)
            retention.age = .zero
            try await Task.sleep(for: .milliseconds(5))
            await sweep(retention)
            #expect(try await counts().runs == 0)
        }
    }

    @Test func `a wait that is over in a run that nobody can read makes nothing spin`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "nap", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "nap"}]},
                  {"id": "nap", "type": "action", "config": {"kind": "wait", "for": "200ms"}}]}
                """)
            let id = try await fixture.engine.execute(WorkflowID("nap"), for: fixture.tenant)
            let store = try await fixture.store.tenant(fixture.tenant)
            try await eventually { try await store.read { try RunQueries.phase(of: id, in: $0) } == .waiting }
            let next = await fixture.successor()
            fixture.library.damage(WorkflowID(unchecked: "nap"))
            await next.engine.start()
            try await eventually { try await next.engine.show(id, for: next.tenant).needsPerson }
            let before = fixture.library.reads
            try await Task.sleep(for: .seconds(1))
            #expect(fixture.library.reads - before < 3)
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `many ends that an earlier daemon left are all settled`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.mender)
            try fixture.library.publish(
                """
                {"id": "broken", "settings": {"errorHandler": "mender"}, "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "stop"}]},
                  {"id": "stop", "type": "action", "config": {"kind": "raise", "message": "no more"}}]}
                """)
            for _ in 0..<(TenantRuns.owing * 2 + 5) { _ = try await fixture.run("broken") }
            let store = try await fixture.store.tenant(fixture.tenant)
            try await eventually { try await store.read { try RunQueries.owing(1, in: $0) }.isEmpty }
            let next = await fixture.successor()
            try await store.write { database in
                try database.execute(sql: "DELETE FROM workflowRun WHERE workflow = 'mender'")
                try database.execute(sql: "UPDATE workflowRun SET isOwing = 1")
            }
            await next.engine.start()
            try await eventually { try await store.read { try RunQueries.owing(1, in: $0) }.isEmpty }
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `an ephemeral run that a stop interrupts does nothing twice`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                Self.slow.replacing(#""settings": {"#, with: #""settings": {"durability": "ephemeral", "#))
            let id = try await fixture.engine.execute(WorkflowID("slow"), for: fixture.tenant)
            try await eventually { fixture.world.held == 1 }
            async let stopped: Void = fixture.engine.stop(within: .seconds(20))
            try await Task.sleep(for: .milliseconds(100))
            fixture.world.release()
            await stopped
            let next = await fixture.successor()
            await next.engine.start()
            #expect(try await next.engine.wait(for: id, of: fixture.tenant, within: .seconds(20)).state == .succeeded)
            #expect(next.world.calls.map(\.tool) == ["hold", "echo"])
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `many questions at once wait for an evaluator, each for itself`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "wide", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "each"}]},
                  {"id": "each", "type": "loop", "config": {"kind": "forEach", "items": ".", "concurrency": 100},
                   "connections": [{"port": "each", "to": "wait"}]},
                  {"id": "wait", "type": "action", "config": {"kind": "wait", "for": "500ms"}, "connections": [{"to": "one"}]},
                  {"id": "one", "type": "action", "config": {"kind": "transform", "expression": "."}}]}
                """)
            let items = "[\((0..<90).map(String.init).joined(separator: ","))]"
            let id = try await fixture.engine.execute(WorkflowID("wide"), .init(input: .inline(items)), for: fixture.tenant)
            // All iterations wait; then all of them ask.
            try await eventually { try await fixture.steps(of: id).count { $0.state == .waiting && $0.key.node.rawValue == "wait" } == 90 }
            fixture.world.refuse(120)
            #expect(try await fixture.engine.wait(for: id, of: fixture.tenant, within: .seconds(20)).state == .succeeded)
        }
    }

    @Test func `two who keep a tenant away do not end it for each other`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.slow)
            let (engine, tenant) = (fixture.engine, fixture.tenant)
            try await engine.whileAway(tenant) { () throws(Problem) in
                try await engine.whileAway(tenant) {}
                let refusal = await problem { try await engine.execute(WorkflowID("slow"), for: tenant) }
                #expect(refusal?.code == .retryLater)
            }
            _ = try await engine.execute(WorkflowID("slow"), for: tenant)
        }
    }

    /// What the schema lets through and no daemon has written.
    @Test func `a database with runs that none can be harms nobody`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.slow)
            var ids: [RunID] = []
            for _ in 0..<8 { ids.append(try await fixture.engine.execute(WorkflowID("slow"), for: fixture.tenant)) }
            try await eventually { fixture.world.held == 8 }
            let next = await fixture.successor()
            let store = try await fixture.store.tenant(fixture.tenant)
            let damages = [
                "UPDATE workflowStep SET ordinal = 9223372036854775807 WHERE run = ?",
                "UPDATE workflowStep SET attempt = 9223372036854775807 WHERE run = ?",
                "UPDATE workflowRun SET began = -9223372036854775807 WHERE id = ?",
                "UPDATE workflowRun SET depth = 9223372036854775807 WHERE id = ?",
                "UPDATE workflowRun SET state = 'nonsense' WHERE id = ?", "UPDATE workflowRun SET state = 'succeeded' WHERE id = ?",
                "UPDATE workflowRun SET phase = 'over', state = 'failed', ended = began, size = -9223372036854775807 WHERE id = ?",
            ]
            try await store.write { [ids] database in
                for (id, damage) in zip(ids, damages) { try database.execute(sql: damage, arguments: [id.rawValue]) }
                try database.execute(sql: "DELETE FROM workflowStep WHERE run = ?", arguments: [ids[4].rawValue])
                try database.execute(
                    sql: "UPDATE workflowRun SET id = 'not a run', priority = 100, phase = 'queued' WHERE id = ?", arguments: [ids[4].rawValue])
            }
            // As they are, they keep nobody from going on.
            await next.engine.start()
            try await Task.sleep(for: .milliseconds(300))
            #expect(try await next.engine.show(ids[7], for: fixture.tenant).state == .running)
            let ended = ids[5]
            #expect(try await store.read { try RunQueries.phase(of: ended, in: $0) } == .over)
            await next.engine.stop(within: .zero)
            // What comes out of a file is rid of them.
            try await store.write { try RunSchema.comesBack($0) }
            let runs = try await next.engine.list(RunFilter(), limit: 20, after: nil, for: fixture.tenant).runs
            #expect(Set(runs.map(\.id)) == [ids[5], ids[6], ids[7]])
        }
    }
}
