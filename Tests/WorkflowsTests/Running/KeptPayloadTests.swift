import Logging
import Model
import Testing

@testable import Workflows

/// Outputs that are too large to go through a run.
@Suite struct KeptPayloadTests {
    private static let definition = """
        {"id": "large", "nodes": [
          {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "first"}]},
          {"id": "first", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "large"}, "connections": [{"to": "second"}]},
          {"id": "second", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}}]}
        """

    private func sweep(_ fixture: EngineFixture, keeping count: Int) async {
        var retention = RunRetention()
        retention.count = count
        let engine = WorkflowEngine(
            fixture.store, source: fixture.library, evaluator: PathEvaluator(world: fixture.world), invoker: fixture.world,
            retention: retention, logger: .init(label: "test"))
        await engine.sweep(fixture.tenant)
        await engine.stop(within: .zero)
    }

    @Test func `a large output goes on as a document, and goes when the last run that has come by it does`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.definition)
            let run = try await fixture.run("large")
            let output = try JSONValue.parse(try #require(run.output).text)
            let document = try #require(output["document"]?.string)
            #expect(output["size"] == JSONValue(Payload.limit + 3))
            #expect(output["name"] == .string("\(run.id) first.json"))
            #expect(fixture.world.shelved[document]?.count == Payload.limit + 3)
            #expect(fixture.world.calls.last?.input == run.output?.text)

            let again = try await fixture.engine.replay(run.id, from: NodeID(unchecked: "second"), for: fixture.tenant)
            #expect(try await fixture.engine.wait(for: again, of: fixture.tenant, within: .seconds(20)).output == run.output)
            try await eventually {
                await sweep(fixture, keeping: 1)
                return try await fixture.engine.list(RunFilter(), limit: 5, after: nil, for: fixture.tenant).runs.map(\.id) == [again]
            }
            #expect(fixture.world.shelved.count == 1)
            try await eventually {
                await sweep(fixture, keeping: 0)
                return fixture.world.shelved.isEmpty
            }
        }
    }

    @Test func `what an effect gives that is no JSON is kept as it came, and goes with its run`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.definition.replacing("\"large\"}, \"connections\"", with: "\"picture\"}, \"connections\""))
            let run = try await fixture.run("large")
            let output = try JSONValue.parse(try #require(run.output).text)
            #expect(output["name"] == .string("\(run.id) first") && output["size"] == JSONValue(World.picture.count))
            #expect(fixture.world.shelved[try #require(output["document"]?.string)] == World.picture)
            await sweep(fixture, keeping: 1)
            #expect(fixture.world.shelved.count == 1)
            try await eventually {
                await sweep(fixture, keeping: 0)
                return fixture.world.shelved.isEmpty
            }
        }
    }

    @Test func `a parent keeps what its child came by, also when the child has gone`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.definition)
            try fixture.library.publish(
                """
                {"id": "parent", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "call"}]},
                  {"id": "call", "type": "action", "config": {"kind": "workflow", "workflow": "large"}, "connections": [{"to": "ask"}]},
                  {"id": "ask", "type": "action", "config": {"kind": "approval", "title": "well?", "approvers": ["admin"]}}]}
                """)
            let parent = try await fixture.engine.execute(WorkflowID("parent"), for: fixture.tenant)
            let tenant = fixture.tenant
            try await eventually { try await fixture.steps(of: parent).last?.state == .waiting && fixture.world.shelved.count == 1 }
            try await eventually {
                await sweep(fixture, keeping: 0)
                return try await fixture.engine.list(RunFilter(), limit: 5, after: nil, for: tenant).runs.map(\.id) == [parent]
            }
            #expect(fixture.world.shelved.count == 1)
        }
    }

    @Test func `where there is no room for it, the step fails and says so`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.definition)
            fixture.world.isFull = true
            // It happened, and its plugin has not said that it may happen twice: a person decides.
            let id = try await fixture.engine.execute(WorkflowID("large"), for: fixture.tenant)
            let tenant = fixture.tenant
            try await eventually { try await fixture.engine.show(id, for: tenant).needsPerson }
            let step = try #require(try await fixture.steps(of: id).last)
            #expect(step.state == .unknown)
            #expect(step.error?.message.contains("larger than 1MiB, and it cannot be kept: no room") == true, "\(String(describing: step.error))")
            #expect(fixture.world.calls.count == 1)
        }
    }
}
