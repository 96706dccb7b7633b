import HostTesting
import Model
import Store
import Testing
import Workflows

@Suite(.timeLimit(.minutes(3))) struct EngineTests {
    private static let linear = """
        {"id": "linear", "nodes": [
          {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "first"}]},
          {"id": "first", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo", "input": {"a": "${ .x }"}},
           "connections": [{"to": "second"}]},
          {"id": "second", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo",
           "output": "${ $nodes.first }"}}]}
        """

    @Test func `a run goes through its steps and gives the output of the last`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.linear)
            let run = try await fixture.run("linear", #"{"x": 9007199254740993}"#)
            #expect(run.state == .succeeded)
            #expect(run.output?.text == #"{"a":9007199254740993}"#)
            #expect(fixture.world.calls.map(\.tool) == ["echo", "echo"])
            let steps = try await fixture.steps(of: run.id)
            #expect(steps.map(\.key.description) == ["start", "first", "second"])
            #expect(steps.allSatisfy { $0.state == .succeeded })
        }
    }

    @Test func `an error takes its port, and nothing else comes of it`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "caught", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "first"}]},
                  {"id": "first", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "fail"},
                   "connections": [{"to": "well"}, {"port": "error", "to": "badly"}]},
                  {"id": "well", "type": "action", "config": {"kind": "set", "values": 1}},
                  {"id": "badly", "type": "action", "config": {"kind": "transform", "expression": ".message"}}]}
                """)
            let run = try await fixture.run("caught")
            #expect(run.state == .succeeded)
            #expect(run.output?.text == #""it failed""#)
            let keys = try await fixture.steps(of: run.id).map(\.key.description)
            #expect(!keys.contains("well"))
        }
    }

    @Test func `a failed attempt is made again with the same key, and an uncaught failure names its step`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "again", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "first"}]},
                  {"id": "first", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "fail-once",
                   "retry": {"attempts": 2, "delay": "5ms"}}, "connections": [{"to": "last"}]},
                  {"id": "last", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "fail"}}]}
                """)
            let run = try await fixture.run("again")
            #expect(run.state == .failed)
            #expect(run.failedStep?.description == "last")
            #expect(run.error?.code == "unreachable")
            let first = fixture.world.calls.filter { $0.tool == "fail-once" }
            #expect(first.count == 2)
            #expect(Set(first.map(\.key)).count == 1)
        }
    }

    @Test func `a loop runs over its items and keeps the errors of some`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "each", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "files"}]},
                  {"id": "files", "type": "loop",
                   "config": {"kind": "forEach", "items": ".files", "concurrency": 4, "collectErrors": true},
                   "connections": [{"port": "each", "to": "good"}]},
                  {"id": "good", "type": "condition", "config": {"kind": "if", "condition": ".ok"},
                   "connections": [{"port": "true", "to": "use"}, {"port": "false", "to": "poison"}]},
                  {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo", "input": "${ $item.n }"}},
                  {"id": "poison", "type": "action", "config": {"kind": "raise", "message": "item ${ .n } is bad"}}]}
                """)
            let items = (0..<50).map { "{\"n\":\($0),\"ok\":\($0 != 7)}" }.joined(separator: ",")
            let run = try await fixture.run("each", "{\"files\":[\(items)]}")
            #expect(run.state == .succeeded)
            let outputs = try JSONValue.parse(run.output?.text ?? "").array ?? []
            #expect(outputs.count == 50)
            #expect(outputs[6] == 6)
            #expect(outputs[7]["error"]?["message"] == "item 7 is bad")
            #expect(fixture.world.calls.count == 49)
        }
    }

    @Test func `what one engine leaves another one ends, and a step that may not happen twice waits for a person`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "held", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "safe"}, {"to": "unsafe"}]},
                  {"id": "safe", "type": "action",
                   "config": {"kind": "tool", "plugin": "world", "tool": "hold", "idempotency": "keyed"}},
                  {"id": "unsafe", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "hold"}}]}
                """)
            let id = try await fixture.engine.execute(WorkflowID("held"), .init(input: .inline("1")), for: fixture.tenant)
            try await eventually { fixture.world.held == 2 }
            let next = await fixture.successor()
            await next.engine.start()
            try await eventually { next.world.held == 1 }
            next.world.release()
            try await eventually {
                let states = try await next.steps(of: id).map { "\($0.key) \($0.state)" }
                return Set(states) == ["start succeeded", "safe succeeded", "unsafe unknown"]
            }
            // The person looks, and says what it came to.
            try await next.engine.post(.resolved(StepKey(NodeID("unsafe")), .happened(.inline("2"))), to: id, of: next.tenant)
            let run = try await next.engine.wait(for: id, of: next.tenant, within: .seconds(20))
            #expect(run.state == .succeeded)
            #expect(run.output?.text == #"{"safe":1,"unsafe":2}"#)
            let safe = next.world.calls.count { $0.tool == "hold" }
            #expect(safe == 3)
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `a wait outlives its engine, and costs no memory meanwhile`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "later", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "pause"}]},
                  {"id": "pause", "type": "action", "config": {"kind": "wait", "for": "300ms"}, "connections": [{"to": "end"}]},
                  {"id": "end", "type": "action", "config": {"kind": "set", "values": "over"}}]}
                """)
            let id = try await fixture.engine.execute(WorkflowID("later"), for: fixture.tenant)
            try await eventually { await fixture.engine.drivenRuns == 0 }
            let next = await fixture.successor()
            await next.engine.start()
            let run = try await next.engine.wait(for: id, of: next.tenant, within: .seconds(20))
            #expect(run.output?.text == #""over""#)
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `people decide, once each, and the run goes on`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "asked", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "sign"}]},
                  {"id": "sign", "type": "action",
                   "config": {"kind": "approval", "title": "Pay ${ .sum }?", "approvers": ["admin"], "required": 2},
                   "connections": [{"port": "approved", "to": "yes"}, {"port": "rejected", "to": "no"}]},
                  {"id": "yes", "type": "action", "config": {"kind": "set", "values": "paid"}},
                  {"id": "no", "type": "action", "config": {"kind": "set", "values": "not paid"}}]}
                """)
            let id = try await fixture.engine.execute(WorkflowID("asked"), .init(input: .inline(#"{"sum":7}"#)), for: fixture.tenant)
            try await eventually { fixture.world.asked.count == 1 }
            #expect(fixture.world.asked[0].request.title == "Pay 7?")
            let sign = StepKey(try NodeID("sign"))
            for person in ["ann", "ann", "bob", "cyd"] {
                let decision = Step.Decision(person: person, isApproved: person != "cyd", at: 1)
                try? await fixture.engine.post(.decided(sign, decision), to: id, of: fixture.tenant)
            }
            let run = try await fixture.engine.wait(for: id, of: fixture.tenant, within: .seconds(20))
            #expect(run.output?.text == #""paid""#)
            let decisions = try await fixture.steps(of: id).first { $0.key == sign }?.decisions.map(\.person)
            #expect(decisions == ["ann", "bob"])
        }
    }

    @Test func `a run of another workflow gives its output, its failure, and its end by cancelling`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.linear)
            try fixture.library.publish(
                """
                {"id": "outer", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "inner"}]},
                  {"id": "inner", "type": "action", "config": {"kind": "workflow", "workflow": "linear"}}]}
                """)
            let run = try await fixture.run("outer", #"{"x":3}"#)
            #expect(run.output?.text == #"{"a":3}"#)
            try fixture.library.publish(
                """
                {"id": "endless", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "inner"}]},
                  {"id": "inner", "type": "action", "config": {"kind": "workflow", "workflow": "endless"}}]}
                """)
            let deep = try await fixture.run("endless")
            #expect(deep.state == .failed)
            #expect(deep.error?.message.contains("more than 10 runs wait for one another") == true)
        }
    }

    @Test func `a tenant that floods the engine waits behind itself`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "slow", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "hold"}]},
                  {"id": "hold", "type": "action",
                   "config": {"kind": "tool", "plugin": "world", "tool": "hold", "idempotency": "idempotent"}}]}
                """)
            try fixture.library.publish(Self.linear)
            for _ in 0..<400 { _ = try await fixture.engine.execute(WorkflowID("slow"), for: fixture.tenant) }
            try await eventually { fixture.world.held == 32 }
            let other = try TenantID("globex")
            let id = try await fixture.engine.execute(WorkflowID("linear"), for: other)
            let run = try await fixture.engine.wait(for: id, of: other, within: .seconds(20))
            #expect(run.state == .succeeded)
            #expect(fixture.world.held == 32)
        }
    }

    @Test func `a second run with the same key is not begun`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.linear)
            var beginning = WorkflowEngine.Beginning(input: .inline("{}"))
            beginning.deduplication = "order-7"
            let first = try await fixture.engine.execute(WorkflowID("linear"), beginning, for: fixture.tenant)
            _ = try await fixture.engine.wait(for: first, of: fixture.tenant, within: .seconds(20))
            let second = try await fixture.engine.execute(WorkflowID("linear"), beginning, for: fixture.tenant)
            #expect(first == second)
            #expect(fixture.world.calls.count == 2)
        }
    }

    @Test func `a run is repeated from a node, with what came before taken over`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "mend", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "read"}]},
                  {"id": "read", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"},
                   "connections": [{"to": "send"}, {"to": "beside"}]},
                  {"id": "send", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "fail-once"}},
                  {"id": "beside", "type": "action", "config": {"kind": "set", "values": "kept"}}]}
                """)
            let failed = try await fixture.run("mend", #"{"x":1}"#)
            #expect(failed.failedStep?.description == "send")
            // It fails the first time for each key, and another run has another key.
            let again = try await fixture.engine.replay(failed.id, from: NodeID("send"), for: fixture.tenant)
            let second = try await fixture.engine.wait(for: again, of: fixture.tenant, within: .seconds(20))
            #expect(second.state == .failed)
            #expect(fixture.world.calls.map(\.tool) == ["echo", "fail-once", "fail-once"])
            try fixture.library.publish(
                """
                {"id": "mend", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "read"}]},
                  {"id": "read", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"},
                   "connections": [{"to": "send"}, {"to": "beside"}]},
                  {"id": "send", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}},
                  {"id": "beside", "type": "action", "config": {"kind": "set", "values": "kept"}}]}
                """)
            let mended = try await fixture.engine.replay(
                failed.id, from: NodeID("send"), input: .inline(#"{"x":2}"#), version: 2, for: fixture.tenant)
            let third = try await fixture.engine.wait(for: mended, of: fixture.tenant, within: .seconds(20))
            #expect(third.output?.text == #"{"beside":"kept","send":{"x":2}}"#)
            await #expect(throws: Problem.self) {
                try await fixture.engine.replay(failed.id, from: NodeID("nowhere"), for: fixture.tenant)
            }
        }
    }

    @Test func `runs are listed page by page, and what waits for people with its question`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.linear)
            var ids: Set<RunID> = []
            for _ in 0..<25 { ids.insert(try await fixture.run("linear", "{}").id) }
            var seen: [RunID] = []
            var cursor: String?
            repeat {
                let page = try await fixture.engine.list(RunFilter(), limit: 10, after: cursor, for: fixture.tenant)
                seen += page.runs.map(\.id)
                cursor = page.next
            } while cursor != nil
            #expect(seen.count == 25)
            #expect(Set(seen) == ids)
            await #expect(throws: Problem.self) {
                try await fixture.engine.list(RunFilter(), limit: 10, after: "1.x' OR", for: fixture.tenant)
            }
        }
    }

    @Test func `an event starts the active workflows that wait for it and let it pass, and no circle goes on for ever`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "heard", "status": "active", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "event", "event": "document.received", "filter": ".ok"},
                   "connections": [{"to": "use"}]},
                  {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}}]}
                """)
            try fixture.library.publish(
                """
                {"id": "asleep", "status": "inactive", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "event", "event": "document.received"},
                   "connections": [{"to": "use"}]},
                  {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}}]}
                """)
            await fixture.engine.fire("document.received", #"{"ok":true,"n":1}"#, for: fixture.tenant)
            await fixture.engine.fire("document.received", #"{"ok":false,"n":2}"#, for: fixture.tenant)
            await fixture.engine.fire("document.deleted", #"{"ok":true,"n":3}"#, for: fixture.tenant)
            try await eventually { fixture.world.announced.contains { $0.kind == .finished } }
            #expect(fixture.world.calls.map(\.input) == [#"{"ok":true,"n":1}"#])

            try fixture.library.publish(
                """
                {"id": "round", "status": "active", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "end"}]},
                  {"id": "again", "type": "trigger", "config": {"kind": "workflow", "workflow": "round"}, "connections": [{"to": "end"}]},
                  {"id": "end", "type": "action", "config": {"kind": "set", "values": 1}}]}
                """)
            await fixture.engine.libraryChanged(of: fixture.tenant)
            _ = try await fixture.run("round")
            var filter = RunFilter()
            filter.workflow = WorkflowID(unchecked: "round")
            let tenant = fixture.tenant
            try await eventually {
                try await fixture.engine.list(filter, limit: 100, after: nil, for: tenant).runs.count { $0.state == .succeeded }
                    == RunChain.limit + 1
            }
            try await Task.sleep(for: .milliseconds(500))
            let count = try await fixture.engine.list(filter, limit: 100, after: nil, for: tenant).runs.count
            #expect(count == RunChain.limit + 1)
        }
    }

    @Test func `the filter of an event reads the constants of its workflow, and nothing starts where nothing may by itself`() async throws {
        try await EngineFixture.with { fixture in
            for (id, isWanted) in [("wanted", true), ("unwanted", false)] {
                try fixture.library.publish(
                    """
                    {"id": "\(id)", "status": "active", "settings": {"variables": {"wanted": \(isWanted)}}, "nodes": [
                      {"id": "start", "type": "trigger", "config": {"kind": "event", "event": "acme.paid", "filter": "$vars.wanted"},
                       "connections": [{"to": "use"}]},
                      {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}}]}
                    """)
            }
            await fixture.engine.fire("acme.paid", "1", for: fixture.tenant)
            let runs = try await fixture.engine.list(RunFilter(), limit: 10, after: nil, for: fixture.tenant).runs
            #expect(runs.map(\.workflow.rawValue) == ["wanted"])

            let resting = EngineFixture.engine(fixture.store, fixture.library, fixture.world, startsByItself: { _ in false })
            await resting.fire("acme.paid", "2", for: fixture.tenant)
            let after = try await fixture.engine.list(RunFilter(), limit: 10, after: nil, for: fixture.tenant).runs
            #expect(after.count == 1)
            await resting.stop(within: .zero)
        }
    }

    @Test func `a run that failed is handed to its error handler`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "broken", "settings": {"errorHandler": "mender"}, "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "stop"}]},
                  {"id": "stop", "type": "action", "config": {"kind": "raise", "message": "no more"}}]}
                """)
            try fixture.library.publish(
                """
                {"id": "mender", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "use"}]},
                  {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo", "input": "${ .error }"}}]}
                """)
            _ = try await fixture.run("broken", "7")
            try await eventually { !fixture.world.calls.isEmpty }
            #expect(fixture.world.calls[0].input == #"{"code":"raised","message":"no more"}"#)
        }
    }

    @Test func `a tenant that comes back from a backup does nothing of itself`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "later", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "pause"}]},
                  {"id": "pause", "type": "action", "config": {"kind": "wait", "for": "4s"}, "connections": [{"to": "use"}]},
                  {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}}]}
                """)
            let id = try await fixture.engine.execute(WorkflowID("later"), for: fixture.tenant)
            let (store, tenant, engine) = (fixture.store, fixture.tenant, fixture.engine)
            let backup = try await store.backUp(tenant, keeping: 2)
            _ = try await engine.whileAway(tenant) { () throws(Problem) in
                try await store.restore(backup.id, inPlaceOf: tenant, keeping: 2) { (swap) throws(Problem) in
                    let refusal = await problem { try await engine.execute(WorkflowID("later"), for: tenant) }
                    #expect(refusal?.code == .retryLater)
                    try await swap()
                }
            }
            try await Task.sleep(for: .seconds(5))
            #expect(try await fixture.engine.show(id, for: fixture.tenant).isPaused)
            #expect(fixture.world.calls.isEmpty)
            try await fixture.engine.post(.resumed, to: id, of: fixture.tenant)
            let run = try await fixture.engine.wait(for: id, of: fixture.tenant, within: .seconds(20))
            #expect(run.state == .succeeded)
            #expect(fixture.world.calls.count == 1)
        }
    }

    @Test func `a tenant goes away in the middle of its runs, again and again, and nothing of them is lost`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.linear)
            var ids: [RunID] = []
            for _ in 0..<20 {
                for _ in 0..<5 {
                    ids.append(try await fixture.engine.execute(WorkflowID("linear"), .init(input: .inline("{}")), for: fixture.tenant))
                }
                try await fixture.engine.whileAway(fixture.tenant) {}
            }
            // What a step that may not happen twice left open waits for a person; everything else ends.
            await fixture.engine.start()
            let tenant = fixture.tenant
            try await eventually {
                for id in ids {
                    let run = try await fixture.engine.show(id, for: tenant)
                    if !run.state.isTerminal, !run.needsPerson { return false }
                }
                return true
            }
            // No slot stayed behind with them.
            try fixture.library.publish(
                """
                {"id": "slow", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "hold"}]},
                  {"id": "hold", "type": "action",
                   "config": {"kind": "tool", "plugin": "world", "tool": "hold", "idempotency": "idempotent"}}]}
                """)
            for _ in 0..<40 { _ = try await fixture.engine.execute(WorkflowID("slow"), for: tenant) }
            try await eventually { fixture.world.held == 32 }
        }
    }

    @Test func `a loop whose outputs grow too large fails before they fill the memory`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "grow", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "each"}]},
                  {"id": "each", "type": "loop", "config": {"kind": "forEach", "items": ".list"},
                   "connections": [{"port": "each", "to": "all"}]},
                  {"id": "all", "type": "action", "config": {"kind": "transform", "expression": "$trigger"}}]}
                """)
            let items = (0..<400).map { "{\"n\":\($0),\"text\":\"\(String(repeating: "x", count: 200))\"}" }.joined(separator: ",")
            let run = try await fixture.run("grow", "{\"list\":[\(items)]}")
            #expect(run.state == .failed)
            #expect(run.failedStep?.description == "each")
            #expect(run.error?.message.contains("keep it as a document") == true)
            let count = try await fixture.steps(of: run.id).count { $0.key.node.rawValue == "all" }
            #expect(count < 20)
        }
    }

    @Test func `an ephemeral run that waits for people is seen and found, and goes on`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "light", "settings": {"durability": "ephemeral"}, "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "first"}]},
                  {"id": "first", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"},
                   "connections": [{"to": "sign"}]},
                  {"id": "sign", "type": "action", "config": {"kind": "approval", "title": "So?", "approvers": ["admin"]}}]}
                """)
            let id = try await fixture.engine.execute(WorkflowID("light"), for: fixture.tenant)
            let tenant = fixture.tenant
            try await eventually { try await fixture.engine.approvals(for: tenant).approvals.count == 1 }
            let next = await fixture.successor()
            await next.engine.start()
            let decision = Step.Decision(person: "ann", isApproved: true, at: 1)
            try await next.engine.post(.decided(StepKey(NodeID("sign")), decision), to: id, of: tenant)
            let run = try await next.engine.wait(for: id, of: tenant, within: .seconds(20))
            #expect(run.state == .succeeded)
            #expect(try await next.steps(of: id).map(\.key.description) == ["start", "first", "sign"])
            // What had happened before it waited did not happen again.
            #expect(next.world.calls.count == 1)
            await next.engine.stop(within: .zero)
        }
    }

}
