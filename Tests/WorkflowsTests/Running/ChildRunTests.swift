import GRDB
import HostTesting
import Model
import Store
import Testing

@testable import Workflows

/// Runs that are steps of others.
@Suite(.timeLimit(.minutes(3))) struct ChildRunTests {
    private static let child = WorkflowID(unchecked: "child")

    private static func publish(_ tool: String, _ parent: String, on fixture: EngineFixture) throws {
        try fixture.library.publish(
            """
            {"id": "child", "nodes": [
              {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "work"}]},
              {"id": "work", "type": "action",
               "config": {"kind": "tool", "plugin": "world", "tool": "\(tool)", "idempotency": "idempotent"}}]}
            """)
        try fixture.library.publish(
            """
            {"id": "parent", "nodes": [
              {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "call"}]},
              {"id": "call", "type": "action", "config": {"kind": "workflow", "workflow": "child"\(parent)}}]}
            """)
    }

    private static func children(_ state: Run.State? = nil, _ fixture: EngineFixture) async throws -> [Run] {
        var filter = RunFilter()
        (filter.workflow, filter.state) = (child, state)
        return try await fixture.engine.list(filter, limit: 100, after: nil, for: fixture.tenant).runs
    }

    @Test func `a run ends with the parent that is cancelled, also while it starts`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish("hold", "", on: fixture)
            for round in 0..<40 {
                let id = try await fixture.engine.execute(WorkflowID("parent"), for: fixture.tenant)
                for _ in 0..<round { await Task.yield() }
                if round % 4 == 0 { try await Task.sleep(for: .milliseconds(round)) }
                try await fixture.engine.post(.cancelled, to: id, of: fixture.tenant)
                #expect(try await fixture.engine.show(id, for: fixture.tenant).state == .cancelled)
            }
            try await eventually { try await Self.children(.running, fixture).isEmpty && fixture.world.held == 0 }
            #expect(try await !Self.children(.cancelled, fixture).isEmpty)
        }
    }

    @Test func `a run for which nobody waits any more is ended by the next engine`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish("hold", "", on: fixture)
            let id = try await fixture.engine.execute(WorkflowID("parent"), for: fixture.tenant)
            try await eventually { fixture.world.held == 1 }
            let next = await fixture.successor()
            // As if the engine had died after it had ended the parent.
            try await fixture.store.tenant(fixture.tenant).write { database in
                try database.execute(sql: "UPDATE workflowRun SET state = 'cancelled', phase = 'over', ended = began WHERE id = ?", arguments: [id.rawValue])
            }
            await next.engine.start()
            try await eventually { try await Self.children(.cancelled, next).count == 1 }
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `each attempt of a node has a run of its own`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish("fail", #", "retry": {"attempts": 3, "delay": "1ms"}"#, on: fixture)
            let run = try await fixture.run("parent")
            #expect(run.state == .failed)
            #expect(run.error?.code == "unreachable")
            let runs = try await Self.children(.failed, fixture)
            #expect(runs.count == 3)
            #expect(try await fixture.steps(of: run.id).last?.attempt == 3)
        }
    }

    @Test func `a run that takes too long is ended, and begun again as the node says`() async throws {
        try await EngineFixture.with { fixture in
            // Long enough for a run to begin on a machine that is busy: one that comes too late is not begun at all.
            try Self.publish("hold", #", "timeout": "5s", "retry": {"attempts": 2, "delay": "0s"}"#, on: fixture)
            let run = try await fixture.run("parent", within: .seconds(60))
            #expect(run.state == .failed)
            #expect(run.error?.code == "deadlineExceeded")
            try await eventually { try await Self.children(.cancelled, fixture).count == 2 }
        }
    }

    @Test(arguments: ["durable", "checkpointed", "ephemeral"])
    func `a parent of every level gets what its run gave`(durability: String) async throws {
        try await EngineFixture.with { fixture in
            try Self.publish("echo", "", on: fixture)
            try fixture.library.publish(
                """
                {"id": "parent", "settings": {"durability": "\(durability)"}, "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "call"}]},
                  {"id": "call", "type": "action", "config": {"kind": "workflow", "workflow": "child", "input": {"n": 7}}}]}
                """)
            let run = try await fixture.run("parent")
            #expect(run.state == .succeeded)
            #expect(run.output?.text == #"{"n":7}"#)
        }
    }
}
