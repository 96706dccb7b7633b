import GRDB
import HostTesting
import Model
import Store
import Testing

@testable import Workflows

/// Runs of one node alone: done for real, and nothing comes before or behind them.
@Suite(.timeLimit(.minutes(3))) struct LoneNodeTests {
    private static let chain = """
        {"id": "chain", "settings": {"errorHandler": "mender"}, "nodes": [
          {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "first"}]},
          {"id": "first", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}, "connections": [{"to": "send"}]},
          {"id": "send", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo", "input": {"to": "${ .to }"}},
           "connections": [{"to": "break"}]},
          {"id": "break", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "fail", "continueOnError": true},
           "connections": [{"port": "error", "to": "last"}]},
          {"id": "last", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "last"}}]}
        """
    private static let mender = """
        {"id": "mender", "nodes": [
          {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "use"}]},
          {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "mend"}}]}
        """
    private static func follower(of workflow: String, on end: String) -> String {
        """
        {"id": "after-\(end)", "status": "active", "nodes": [
          {"id": "ended", "type": "trigger", "config": {"kind": "workflow", "workflow": "\(workflow)", "on": "\(end)"}, "connections": [{"to": "use"}]},
          {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "follow"}}]}
        """
    }
    private static let loop = """
        {"id": "loop", "nodes": [
          {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "read"}]},
          {"id": "read", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}, "connections": [{"to": "files"}]},
          {"id": "files", "type": "loop", "config": {"kind": "forEach", "items": ".list"}, "connections": [{"port": "each", "to": "use"}]},
          {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo",
           "input": {"came": "${ .n }", "item": "${ $item.n }", "who": "${ $nodes.read.who }", "first": "${ $trigger.who }"}}, "connections": [{"to": "tail"}]},
          {"id": "tail", "type": "action", "config": {"kind": "transform", "expression": "."}}]}
        """

    private static func workflow(_ text: String) throws -> Workflow { try Workflow(reading: try JSONValue.parse(text)) }

    private static func wish(_ step: String, input: String? = nil, from source: RunID? = nil, nodes: [String: String] = [:]) throws -> LoneNode.Wish {
        var wish = LoneNode.Wish(try #require(StepKey(step)))
        wish.input = input.map(Payload.inline)
        wish.source = source
        for (name, output) in nodes { wish.nodes[try NodeID(name)] = .inline(output) }
        return wish
    }

    private static func run(
        _ workflow: String, _ wish: LoneNode.Wish, on fixture: EngineFixture, change: (inout WorkflowEngine.LoneBeginning) -> Void = { _ in }
    ) async throws -> Run {
        var beginning = WorkflowEngine.LoneBeginning(wish)
        change(&beginning)
        let id = try await fixture.engine.execute(WorkflowID(workflow), beginning, for: fixture.tenant)
        return try await fixture.engine.wait(for: id, of: fixture.tenant, within: .seconds(20))
    }

    // What is refused, before anything is stored.

    @Test(arguments: [
        ("sned", "node not found: sned", "did you mean send?"),
        ("start", "node start is a trigger, which does nothing of itself", "execute the workflow without naming a node, or run one of first, send, break, last"),
        ("files.1/send", "step files.1/send is one of a run, and none is named", "name the run with from, or the node alone"),
    ])
    func `a node that cannot run alone is refused with a way out`(step: String, message: String, hint: String) throws {
        let (workflow, wish) = (try Self.workflow(Self.chain), try Self.wish(step))
        let problem = #expect(throws: Problem.self) { try LoneNode(wish, from: nil, in: workflow) }
        #expect(problem?.message == message)
        #expect(problem?.hint == hint)
    }

    @Test func `a node does not run for real with outputs that nobody gives`() throws {
        let workflow = try Self.workflow(Self.loop)
        let problem = #expect(throws: Problem.self) { try LoneNode(try Self.wish("use", input: "{}"), from: nil, in: workflow) }
        #expect(problem?.message == "node use reads what read and the trigger gave, and nothing else runs with it")
        let lone = try LoneNode(try Self.wish("use", input: #"{"n":7}"#, nodes: ["read": "null", "start": "1"]), from: nil, in: workflow)
        #expect(lone.nodes == [NodeID(unchecked: "read"): .null, NodeID(unchecked: "start"): .inline("1")])
        // As in a test of one node: what comes to it is its item.
        #expect(lone.item == .inline(#"{"n":7}"#) && lone.index == 0)
        // What lies in a loop runs with it, and reads what comes before the loop.
        #expect(throws: Problem.self) { try LoneNode(try Self.wish("files", input: "{}"), from: nil, in: workflow) }
        // Right behind the trigger, what comes is what that gives.
        let first = try LoneNode(try Self.wish("first", input: "7"), from: nil, in: try Self.workflow(Self.chain))
        #expect(first.nodes == [NodeID(unchecked: "start"): .inline("7")])
        let unknown = #expect(throws: Problem.self) {
            try LoneNode(try Self.wish("use", nodes: ["read": "1", "raed": "1"]), from: nil, in: workflow)
        }
        #expect(unknown?.message == "node not found: raed")
        let large = "\"" + String(repeating: "x", count: Payload.limit) + "\""
        #expect(throws: Problem.self) { try LoneNode(try Self.wish("tail", input: large), from: nil, in: workflow) }
    }

    @Test func `what is left of a workflow for one node leads nowhere, and takes what lies in a loop along`() throws {
        let send = try Self.workflow(Self.chain).alone(NodeID(unchecked: "break"))
        #expect(send.nodes.map(\.id.rawValue) == ["start", "break"])
        #expect(send.nodes.last?.connections == [] && send.nodes.last?.continuesOnError == false)
        let graph = WorkflowGraph(try Self.workflow(Self.loop).alone(NodeID(unchecked: "files")))
        #expect(graph.nodes.keys.map(\.rawValue).sorted() == ["files", "start", "tail", "use"])
        #expect(graph.loop[NodeID(unchecked: "tail")]?.rawValue == "files")
    }

    // What is run.

    @Test func `one node is done for real, marked, counted and shown, and nothing comes before or behind it`() async throws {
        try await EngineFixture.with { fixture in
            for text in [Self.chain, Self.mender, Self.follower(of: "chain", on: "finished"), Self.follower(of: "chain", on: "failed")] {
                try fixture.library.publish(text)
            }
            let run = try await Self.run("chain", try Self.wish("send", input: #"{"to":"ann","more":1}"#), on: fixture)
            #expect(run.state == .succeeded)
            #expect(run.node?.rawValue == "send" && run.version == 1)
            #expect(run.output?.text == #"{"to":"ann"}"#)
            #expect(fixture.world.calls.map(\.input) == [#"{"to":"ann"}"#])
            let steps = try await fixture.steps(of: run.id)
            #expect(steps.map(\.key.description) == ["send"])
            #expect(steps.first?.input?.text == #"{"to":"ann"}"# && steps.first?.attempt == 1)
            #expect(fixture.world.countedRuns == 1)

            // Where an error would go on elsewhere, it ends the run: who looks at this node wants to know.
            let failed = try await Self.run("chain", try Self.wish("break", input: "1"), on: fixture)
            #expect(failed.state == .failed && failed.failedStep?.description == "break" && failed.error?.code == "unreachable")
            let listed = try await fixture.engine.list(RunFilter(), limit: 10, after: nil, for: fixture.tenant).runs
            #expect(listed.map { $0.node?.rawValue } == ["break", "send"])
            #expect(fixture.world.calls.map(\.tool) == ["echo", "fail"])
            #expect(fixture.world.announced.isEmpty)

            // A run of the whole workflow starts what its end starts: once, and after the others would have.
            let whole = try await fixture.run("chain", #"{"to":"bob"}"#)
            #expect(whole.state == .succeeded && whole.node == nil)
            try await eventually { fixture.world.calls.contains { $0.tool == "follow" } }
            let count = try await fixture.engine.list(RunFilter(), limit: 100, after: nil, for: fixture.tenant).runs.count
            #expect(count == 4)
            #expect(fixture.world.calls.count { $0.tool == "follow" || $0.tool == "mend" } == 1)
        }
    }

    @Test func `a loop runs with what lies in it, and a join that waits for branches does not wait`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.loop)
            let run = try await Self.run("loop", try Self.wish("files", input: #"{"list":[{"n":1},{"n":2}]}"#, nodes: ["read": #"{"who":"eve"}"#, "start": #"{"who":"zoe"}"#]), on: fixture)
            #expect(run.output?.text == #"[{"came":1,"first":"zoe","item":1,"who":"eve"},{"came":2,"first":"zoe","item":2,"who":"eve"}]"#)
            #expect(try await fixture.steps(of: run.id).map(\.key.description).contains("files.1/tail"))

            try fixture.library.publish(
                """
                {"id": "joined", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "a"}, {"to": "b"}]},
                  {"id": "a", "type": "action", "config": {"kind": "transform", "expression": "."}, "connections": [{"to": "both"}]},
                  {"id": "b", "type": "action", "config": {"kind": "transform", "expression": "."}, "connections": [{"to": "both"}]},
                  {"id": "both", "type": "action", "config": {"kind": "join", "mode": "count", "count": 2}}]}
                """)
            let joined = try await Self.run("joined", try Self.wish("both", input: #"{"a":1,"b":2}"#), on: fixture)
            #expect(joined.state == .succeeded && joined.output?.text == #"{"a":1,"b":2}"#)
            let past = try await fixture.run("joined", "5")
            let again = try await Self.run("joined", try Self.wish("both", from: past.id), on: fixture)
            #expect(again.output?.text == #"{"a":5,"b":5}"#)
        }
    }

    @Test func `a node takes from an earlier run what came to it and what it reads, in the iteration that is named`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.loop)
            let past = try await fixture.run("loop", #"{"who":"ann","list":[{"n":1},{"n":12345678901234567890}]}"#)
            #expect(past.state == .succeeded)
            func input(_ wish: LoneNode.Wish) async throws -> String? {
                let run = try await Self.run("loop", wish, on: fixture)
                #expect(run.state == .succeeded && run.node?.rawValue == "use")
                #expect(try await fixture.steps(of: run.id).count == 1)
                return fixture.world.calls.last?.input
            }
            #expect(try await input(try Self.wish("use", from: past.id)) == #"{"came":1,"first":"ann","item":1,"who":"ann"}"#)
            let second = try await input(try Self.wish("files.1/use", from: past.id))
            #expect(second == fixture.world.calls[2].input && second != #"{"came":1,"first":"ann","item":1,"who":"ann"}"#)
            // What is given goes before what is taken.
            let given = try await input(try Self.wish("use", input: #"{"n":9}"#, from: past.id, nodes: ["read": #"{"who":"eve"}"#]))
            #expect(given == #"{"came":9,"first":"ann","item":1,"who":"eve"}"#)
            // A run of one node is taken from, too: as it was given.
            let latest = try await fixture.engine.list(RunFilter(), limit: 1, after: nil, for: fixture.tenant).runs[0]
            #expect(try await input(try Self.wish("use", from: latest.id)) == given)

            let (engine, tenant) = (fixture.engine, fixture.tenant)
            func refusal(_ wish: LoneNode.Wish, of workflow: String = "loop") async -> Problem? {
                await problem { try await engine.execute(WorkflowID(workflow), .init(wish), for: tenant) }
            }
            #expect(await refusal(try Self.wish("files.7/use", from: past.id))?.message == "run \(past.id) never came to files.7/use")
            #expect(await refusal(try Self.wish("tail", from: latest.id))?.message == "run \(latest.id) is one of node use alone")
            try fixture.library.publish(Self.chain)
            #expect(await refusal(try Self.wish("send", from: past.id), of: "chain")?.message == "workflow chain has no run \(past.id)")
        }
    }

    @Test func `a node that an earlier run did not have yet, or failed at, takes what would have come to it`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.chain.replacing(#", "continueOnError": true"#, with: "").replacing(#"{"port": "error", "to": "last"}"#, with: #"{"to": "last"}"#))
            let past = try await fixture.run("chain", #"{"to":"ann"}"#)
            try fixture.library.publish(
                Self.chain.replacing(
                    #"{"id": "last""#,
                    with: #"{"id": "new", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}}, {"id": "last""#
                ).replacing(#""connections": [{"to": "break"}]"#, with: #""connections": [{"to": "break"}, {"to": "new"}]"#))
            for node in ["break", "new"] {
                let run = try await Self.run("chain", try Self.wish(node, from: past.id), on: fixture)
                #expect(run.version == 2)
                #expect(fixture.world.calls.last?.input == #"{"to":"ann"}"#)
            }
            let (engine, tenant, wish) = (fixture.engine, fixture.tenant, try Self.wish("last", from: past.id))
            let refusal = await problem { try await engine.execute(WorkflowID("chain"), .init(wish), for: tenant) }
            #expect(refusal?.code == .conflict && refusal?.hint == "take another run, or give what comes to it: input")
        }
    }

    @Test(arguments: [true, false]) func `a daemon that dies over one node is followed by one that ends it, alone`(isDraft: Bool) async throws {
        try await EngineFixture.with { fixture in
            let text = """
                {"id": "slow", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "hold"}]},
                  {"id": "hold", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "hold", "idempotency": "idempotent",
                   "input": {"who": "${ $nodes.start.who }", "came": "${ . }"}}, "connections": [{"to": "next"}]},
                  {"id": "next", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "next"}}]}
                """
            // What is run of a draft needs no version: none is there.
            if !isDraft { try fixture.library.publish(text) }
            var beginning = WorkflowEngine.LoneBeginning(try Self.wish("hold", input: "1e2", nodes: ["start": #"{"who":"ann"}"#]))
            if isDraft { beginning.edition = .draft(try Self.workflow(text)) }
            let id = try await fixture.engine.execute(WorkflowID("slow"), beginning, for: fixture.tenant)
            try await eventually { fixture.world.held == 1 }
            let next = await fixture.successor()
            await next.engine.start()
            try await eventually { next.world.calls.count == 2 && next.world.held == 1 }
            next.world.release()
            let run = try await next.engine.wait(for: id, of: fixture.tenant, within: .seconds(20))
            #expect(run.state == .succeeded && run.node?.rawValue == "hold" && run.version == (isDraft ? Run.draft : 1))
            #expect(try await next.steps(of: id).map(\.key.description) == ["hold"])
            #expect(next.world.calls.map(\.tool) == ["hold", "hold"])
            #expect(Set(next.world.calls.map(\.key)).count == 1)
            #expect(next.world.calls.allSatisfy { $0.input.contains("ann") })
            await next.engine.stop(within: .zero)
        }
    }

    @Test func `it takes a place of its workflow, and no key of it`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "narrow", "settings": {"concurrency": {"limit": 1}, "debounce": {"quiet": "1h"}}, "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "hold"}]},
                  {"id": "hold", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "hold", "idempotency": "idempotent"}}]}
                """)
            let (engine, tenant, id) = (fixture.engine, fixture.tenant, try WorkflowID("narrow"))
            var lone = WorkflowEngine.LoneBeginning(try Self.wish("hold", input: "1"))
            lone.deduplication = "once"
            let first = try await engine.execute(id, lone, for: tenant)
            #expect(try await engine.execute(id, lone, for: tenant) == first)
            try await eventually { fixture.world.held == 1 }
            lone.deduplication = nil
            let second = try await engine.execute(id, lone, for: tenant)
            #expect(try await engine.show(second, for: tenant).isHeld)
            var whole = WorkflowEngine.Beginning(input: .inline("2"))
            whole.deduplication = "once"
            let third = try await engine.execute(id, whole, for: tenant)
            #expect(third != first)
            fixture.world.release()
            try await eventually { fixture.world.calls.count == 2 && fixture.world.held == 1 }
            fixture.world.release()
            #expect(try await engine.wait(for: second, of: tenant, within: .seconds(20)).state == .succeeded)
        }
    }

    @Test func `it is not repeated from a node on, and is none of the failed runs that are repeated together`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.chain)
            let run = try await Self.run("chain", try Self.wish("break", input: "1"), on: fixture)
            let (engine, tenant) = (fixture.engine, fixture.tenant)
            let refusal = await problem { try await engine.replay(run.id, from: NodeID(unchecked: "break"), for: tenant) }
            #expect(refusal?.code == .conflict)
            #expect(refusal?.hint?.hasSuffix("cloister workflow run chain --node break --from \(run.id)") == true)
            let (replayed, next) = try await engine.replayAll(RunFilter(), from: nil, version: nil, limit: 10, after: nil, for: tenant)
            #expect(replayed.isEmpty && next == nil)
        }
    }

    @Test func `a schedule does not take it for a run of its own, and a draft's approval asks as it was written`() async throws {
        try await EngineFixture.with { fixture in
            let text = """
                {"id": "nightly", "nodes": [
                  {"id": "night", "type": "trigger", "config": {"kind": "cron", "expression": "0 3 * * *"}, "connections": [{"to": "sign"}]},
                  {"id": "sign", "type": "action", "config": {"kind": "approval", "title": "Sign?", "approvers": ["ann@example.com"]}}]}
                """
            let workflow = try Self.workflow(text)
            var beginning = WorkflowEngine.LoneBeginning(try Self.wish("sign", input: "1"))
            beginning.edition = .draft(workflow)
            let (engine, tenant) = (fixture.engine, fixture.tenant)
            let id = try await engine.execute(workflow.id, beginning, for: tenant)
            try await eventually { fixture.world.asked.count == 1 }
            let run = try await engine.show(id, for: tenant)
            #expect(run.trigger.rawValue == "night")
            let schedule = try #require(workflow.schedules.first?.schedule)
            let record = ScheduleRecord(workflow.id, run.trigger, schedule, due: 0)
            #expect(try await fixture.store.tenant(tenant).read { try !ScheduleQueries.isUnderWay(record, in: $0) })
            #expect(try await engine.approval(of: StepKey(NodeID(unchecked: "sign")), in: id, for: tenant).approvers == ["ann@example.com"])
        }
    }

    @Test func `one whose record none can be goes when its tenant comes back, and can be cancelled before`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(Self.chain)
            let good = try await Self.run("chain", try Self.wish("send", input: "{}"), on: fixture)
            let bad = try await Self.run("chain", try Self.wish("send", input: "{}"), on: fixture)
            let tenant = try await fixture.store.tenant(fixture.tenant)
            try await tenant.write { database in
                try database.execute(sql: "DELETE FROM workflowLoneNode WHERE run = ?", arguments: [bad.id.rawValue])
                try database.execute(
                    sql: "UPDATE workflowRun SET state = 'running', phase = 'queued', ended = NULL WHERE id = ?", arguments: [bad.id.rawValue])
            }
            let next = await fixture.successor()
            await next.engine.start()
            let name = fixture.tenant
            try await eventually { try await next.engine.show(bad.id, for: name).needsPerson }
            try await next.engine.post(.cancelled, to: bad.id, of: name)
            #expect(try await next.engine.show(bad.id, for: name).state == .cancelled)
            await next.engine.stop(within: .zero)
            try await tenant.write { try RunSchema.comesBack($0) }
            let left = try await tenant.read { try String.fetchAll($0, sql: "SELECT id FROM workflowRun") }
            #expect(left == [good.id.rawValue])
            #expect(try await tenant.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM workflowLoneNode") } == 1)
        }
    }

    @Test func `it weighs what it was given, and keeps what was too large to go through the run that it takes from`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "large", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "make"}]},
                  {"id": "make", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "large"}, "connections": [{"to": "use"}]},
                  {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "echo"}}]}
                """)
            let past = try await fixture.run("large")
            let run = try await Self.run("large", try Self.wish("use", from: past.id), on: fixture)
            #expect(run.output == past.output)
            let tenant = try await fixture.store.tenant(fixture.tenant)
            let document = try #require(fixture.world.shelved.keys.first)
            try await tenant.write { try $0.execute(sql: "DELETE FROM workflowRun WHERE id = ?", arguments: [past.id.rawValue]) }
            #expect(try await tenant.read { try KeptPayloads.orphans(in: $0) } == [])
            #expect(document.hasPrefix("doc-"))
            let text = String(repeating: "x", count: 50_000)
            let heavy = try await Self.run("large", try Self.wish("use", input: #"{"text":"\#(text)"}"#), on: fixture)
            let size = try await tenant.read { try Int.fetchOne($0, sql: "SELECT size FROM workflowRun WHERE id = ?", arguments: [heavy.id.rawValue]) }
            // The trigger's, the step's input and output, the run's output, and what arrived.
            #expect(size ?? 0 > 5 * text.utf8.count)
        }
    }
}
