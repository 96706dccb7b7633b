import GRDB
import HostTesting
import Model
import Store
import Testing

@testable import Workflows

/// Workflows of which only so many runs are under way at once.
@Suite(.timeLimit(.minutes(3))) struct ConcurrencyTests {
    private static func publish(_ concurrency: String, on fixture: EngineFixture) throws {
        try fixture.library.publish(
            """
            {"id": "narrow", "settings": {"concurrency": \(concurrency)}, "nodes": [
              {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "hold"}]},
              {"id": "hold", "type": "action",
               "config": {"kind": "tool", "plugin": "world", "tool": "hold", "idempotency": "idempotent"}}]}
            """)
    }

    private static func begin(_ input: String, priority: Int = 0, on fixture: EngineFixture) async throws -> RunID {
        var beginning = WorkflowEngine.Beginning(input: .inline(input))
        beginning.priority = priority
        return try await fixture.engine.execute(WorkflowID("narrow"), beginning, for: fixture.tenant)
    }

    @Test func `so many run at once, and the others by priority and age`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"limit": 2}"#, on: fixture)
            var ids: [RunID] = []
            for number in 0..<5 {
                ids.append(try await Self.begin("\(number)", priority: number == 4 ? 1 : 0, on: fixture))
                // So that each is older than the next.
                try await Task.sleep(for: .milliseconds(2))
            }
            for round in [[0, 1], [4, 2], [3]] {
                try await eventually { fixture.world.held == round.count }
                // Whoever is too many would be there by now.
                try await Task.sleep(for: .milliseconds(100))
                #expect(fixture.world.held == round.count)
                #expect(fixture.world.calls.suffix(round.count).map(\.input).sorted() == round.map(String.init).sorted())
                fixture.world.release()
            }
            for id in ids {
                #expect(try await fixture.engine.wait(for: id, of: fixture.tenant, within: .seconds(20)).state == .succeeded)
            }
            #expect(fixture.world.most == 2)
        }
    }

    @Test func `each value of the key has places of its own`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"limit": 1, "key": "of ${ .who }"}"#, on: fixture)
            for who in ["ann", "bob", "ann", "bob", "eve"] { _ = try await Self.begin("{\"who\":\"\(who)\"}", on: fixture) }
            try await eventually { fixture.world.held == 3 }
            try await Task.sleep(for: .milliseconds(100))
            #expect(Set(fixture.world.calls.map(\.input)).count == 3)
            fixture.world.release()
            try await eventually { fixture.world.held == 2 }
        }
    }

    @Test func `a run that is held does nothing when it is cancelled, and what ends makes room whichever way it ends`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"limit": 1}"#, on: fixture)
            let (engine, tenant) = (fixture.engine, fixture.tenant)
            let first = try await Self.begin("1", on: fixture)
            let second = try await Self.begin("2", on: fixture)
            let third = try await Self.begin("3", on: fixture)
            let fourth = try await Self.begin("4", on: fixture)
            try await eventually { fixture.world.held == 1 }
            #expect(try await engine.show(second, for: tenant).isHeld)
            #expect(try await !engine.show(first, for: tenant).isHeld)
            let decision = PlannerEvent.decided(StepKey(try NodeID("hold")), Step.Decision(person: "ann", isApproved: true, at: 1))
            #expect(await problem { try await engine.post(decision, to: second, of: tenant) }?.code == .conflict)
            try await engine.post(.cancelled, to: second, of: tenant)
            #expect(try await engine.show(second, for: tenant).state == .cancelled)
            #expect(try await fixture.steps(of: second).isEmpty)
            try await engine.post(.paused, to: third, of: tenant)
            #expect(try await engine.show(third, for: tenant).isPaused)

            try await engine.post(.cancelled, to: first, of: tenant)
            // The third has its turn, and its place, and waits for somebody.
            try await eventually { try await !engine.show(third, for: tenant).isHeld }
            #expect(try await engine.show(fourth, for: tenant).isHeld)
            try await engine.post(.resumed, to: third, of: tenant)
            try await eventually { fixture.world.calls.map(\.input) == ["1", "3"] && fixture.world.held == 1 }
            fixture.world.release()
            try await eventually { fixture.world.calls.map(\.input) == ["1", "3", "4"] }
        }
    }

    @Test func `another engine keeps the order, and runs of runs are held too`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"limit": 1}"#, on: fixture)
            try fixture.library.publish(
                """
                {"id": "parent", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "call"}]},
                  {"id": "call", "type": "action", "config": {"kind": "workflow", "workflow": "narrow"}}]}
                """)
            _ = try await Self.begin("1", on: fixture)
            try await eventually { fixture.world.held == 1 }
            let parent = try await fixture.engine.execute(WorkflowID("parent"), .init(input: .inline("2")), for: fixture.tenant)
            var filter = RunFilter()
            filter.workflow = try WorkflowID("narrow")
            let (tenant, children) = (fixture.tenant, filter)
            try await eventually { try await fixture.engine.list(children, limit: 5, after: nil, for: tenant).runs.count == 2 }
            let next = await fixture.successor()
            await next.engine.start()
            try await eventually { next.world.held == 1 }
            try await Task.sleep(for: .milliseconds(100))
            #expect(next.world.calls.map(\.input) == ["1", "1"])
            next.world.release()
            try await eventually { next.world.calls.map(\.input) == ["1", "1", "2"] && next.world.held == 1 }
            next.world.release()
            #expect(try await next.engine.wait(for: parent, of: tenant, within: .seconds(20)).output?.text == "2")
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `a held run that two people pause and let go on at once is not begun by that`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"limit": 1}"#, on: fixture)
            let (engine, tenant) = (fixture.engine, fixture.tenant)
            _ = try await Self.begin("1", on: fixture)
            let second = try await Self.begin("2", on: fixture)
            try await eventually { fixture.world.held == 1 }
            await withDiscardingTaskGroup { group in
                for number in 0..<20 {
                    group.addTask { try? await engine.post(number % 2 == 0 ? .paused : .resumed, to: second, of: tenant) }
                }
            }
            try await Task.sleep(for: .milliseconds(100))
            #expect(try await engine.show(second, for: tenant).isHeld)
            #expect(fixture.world.calls.count == 1)
        }
    }

    @Test func `what a database lost keeps nobody held for ever, and a busy evaluator loses no run`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"limit": 1, "key": "of ${ . }"}"#, on: fixture)
            let first = try await Self.begin("1", on: fixture)
            fixture.world.refuse(2)
            let second = try await Self.begin("1", on: fixture)
            try await eventually { fixture.world.held == 1 }
            let next = await fixture.successor()
            try await fixture.store.tenant(fixture.tenant).write { database in
                try database.execute(sql: "UPDATE workflowRun SET began = -1 WHERE id = ?", arguments: [first.rawValue])
                try RunSchema.comesBack(database)
            }
            #expect(try await !next.engine.show(second, for: fixture.tenant).isHeld)
            #expect(await problem { try await next.engine.show(first, for: fixture.tenant) }?.code == .notFound)
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `a wait until long ago is over at once`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "past", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "wait"}]},
                  {"id": "wait", "type": "action", "config": {"kind": "wait", "until": "0001-01-01T00:00:00Z"}}]}
                """)
            #expect(try await fixture.run("past").state == .succeeded)
        }
    }

    @Test func `an input that gives no key is refused, and nothing is begun`() async throws {
        try await EngineFixture.with { fixture in
            try Self.publish(#"{"limit": 1, "key": "${ fault }"}"#, on: fixture)
            let refusal = await problem { try await Self.begin("1", on: fixture) }
            #expect(refusal?.code == .invalidInput)
            #expect(refusal?.message.contains("settings.concurrency.key") == true, "\(String(describing: refusal))")
            #expect(try await fixture.engine.list(RunFilter(), limit: 5, after: nil, for: fixture.tenant).runs.isEmpty)
        }
    }

    @Test(arguments: [
        ("7", "/settings/concurrency: expected an object"), ("{}", "/settings/concurrency/limit: missing"),
        (#"{"limit": 0}"#, "/settings/concurrency/limit: expected a whole number from 1 to 1000"),
        (#"{"limit": 1, "key": 7}"#, "/settings/concurrency/key: expected text"),
        (#"{"limit": 1, "keys": "a"}"#, "/settings/concurrency/keys"),
    ])
    func `a limit that is none is refused by its place`(concurrency: String, start: String) throws {
        let definition = try JSONValue.parse(
            #"{"id":"a","settings":{"concurrency":\#(concurrency)},"nodes":[{"id":"s","type":"trigger","config":{"kind":"manual"}}]}"#)
        let findings = Definition.findings(definition)
        #expect(findings.contains { "\($0)".hasPrefix(start) }, "\(findings)")
        #expect(!(try JSONSchema(WorkflowSchema.json, as: "the schema")).violations(in: definition).isEmpty)
    }
}
