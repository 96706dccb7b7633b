import Control
import HostTesting
import Model
import Tenancy
import Testing
import Workflows

@testable import cloister

@Suite(.timeLimit(.minutes(5))) struct RunTests {
    private static let greet = WorkflowID(unchecked: "greet")

    /// Publishes a definition that is written as JSON.
    private func publish(_ definition: JSONValue, _ host: DaemonFixture) async throws {
        let id = try WorkflowID(definition["id"]?.string ?? "")
        _ = try await host.send(.workflow(.create(host.tenant, definition: definition)))
        _ = try await host.send(.workflow(.publish(host.tenant, id, revision: nil, note: nil)))
    }

    private var waiting: RunRequest.Options {
        var options = RunRequest.Options()
        options.wait = .seconds(30)
        return options
    }

    @Test func `a run goes through expressions in a sealed worker and a tool in a sealed plugin`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            _ = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin()), configuration: nil))
            try await publish(
                [
                    "id": "greet",
                    "nodes": [
                        ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "say"]]],
                        [
                            "id": "say", "type": "action",
                            "config": [
                                "kind": "tool", "plugin": "probe", "tool": "echo",
                                "input": ["text": "${ \"hello \" + .name }", "big": "${ 9007199254740993 }"],
                            ],
                        ],
                    ],
                ], host)
            let run = try await host.send(.run(.execute(host.tenant, Self.greet, input: ["name": "Ada"], waiting)))
            #expect(run["state"] == "succeeded", "\(run)")
            #expect(run["output"]?["text"] == "hello Ada")
            #expect(run["output"]?["big"] == 9_007_199_254_740_993)
            let log = try await host.send(.run(.logs(host.tenant, Self.greet, run: nil, follow: false)))
            #expect(log["steps"]?.array?.map { $0["step"]?.string } == ["start", "say"])
        }
    }

    @Test func `runs are held to the plan and written to the ledger`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            try await publish(
                [
                    "id": "greet",
                    "nodes": [
                        ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "say"]]],
                        ["id": "say", "type": "action", "config": ["kind": "set", "values": ["hello": "you"]]],
                    ],
                ], host)
            let basic = PlanID(unchecked: "basic")
            _ = try await host.send(
                .plans(.set(basic, ["name": "Basic", "currency": "EUR", "price": 100, "meters": ["workflowRuns": ["included": 2]]])))
            _ = try await host.send(.plans(.choose(basic, host.tenant)))
            var options = waiting
            options.deduplication = "once"
            for _ in 0..<2 { _ = try await host.send(.run(.execute(host.tenant, Self.greet, input: .null, options))) }
            _ = try await host.send(.run(.execute(host.tenant, Self.greet, input: .null, waiting)))
            let problem = await #expect(throws: Problem.self) {
                try await host.send(.run(.execute(host.tenant, Self.greet, input: .null, waiting)))
            }
            #expect(problem?.code == .quotaExceeded)
            #expect(problem?.message.hasPrefix("the workflow runs of tenant \(host.tenant) for ") == true)
            #expect(problem?.hint?.contains("-01 (UTC) on, or with a plan that allows more") == true)
            await host.daemon.settleUsage()
            let usage = try await host.send(.plans(.usage(UsageQuery(host.tenant, bucket: "minute"))))
            let standing = usage["standings"]?.array?.first { $0["meter"] == "workflowRuns" }
            #expect(standing?["used"] == 2)
            #expect(standing?["level"] == "reached")
            let sum = (usage["parts"]?.array ?? []).reduce(0) { $0 + ($1["used"]?["workflowRuns"]?.integer ?? 0) }
            let runs = RunRequest.list(host.tenant, workflow: Self.greet, state: nil, needsPerson: false, cursor: nil, limit: 10)
            let count = try await host.send(.run(runs))["runs"]?.array?.count
            #expect(sum == 2)
            #expect(count == 2)
        }
    }

    @Test func `expressions read all that a run knows, and what else they name is refused when they are published`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            func definition(_ expression: String) -> JSONValue {
                [
                    "id": "greet", "settings": ["variables": ["unit": "EUR"]],
                    "nodes": [
                        ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "each"]]],
                        [
                            "id": "each", "type": "loop", "config": ["kind": "forEach", "items": ".sums"],
                            "connections": [["port": "each", "to": "line"], ["port": "done", "to": "all"]],
                        ],
                        ["id": "line", "type": "action", "config": ["kind": "transform", "expression": "\"\\($index): \\($item) \\($vars.unit)\""]],
                        ["id": "all", "type": "action", "config": ["kind": "transform", "expression": .string(expression)]],
                    ],
                ]
            }
            try await publish(definition("[$trigger.who, $run.workflow, $nodes.each[1]]"), host)
            let run = try await host.send(
                .run(.execute(host.tenant, Self.greet, input: ["who": "Ada", "sums": [3, 5]], waiting)))
            #expect(run["output"] == ["Ada", "greet", "1: 5 EUR"], "\(run)")

            _ = try await host.send(.workflow(.save(host.tenant, Self.greet, definition: definition("$item"), revision: nil)))
            let refused = await problem {
                try await host.send(.workflow(.publish(host.tenant, Self.greet, revision: nil, note: nil)))
            }
            #expect(refused?.message.contains("$item is not defined") == true, "\(String(describing: refused))")
        }
    }

    @Test func `an event of a workflow's own starts another one, and the daemon's own events are not its to tell`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            func teller(_ event: String) -> JSONValue {
                [
                    "id": "greet",
                    "nodes": [
                        ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "tell"]]],
                        ["id": "tell", "type": "action", "config": ["kind": "emit", "event": .string(event)]],
                    ],
                ]
            }
            try await publish(
                [
                    "id": "hear",
                    "nodes": [
                        ["id": "heard", "type": "trigger", "config": ["kind": "event", "event": "acme.paid"], "connections": [["to": "end"]]],
                        ["id": "end", "type": "action", "config": ["kind": "transform", "expression": ".sum"]],
                    ],
                ], host)
            _ = try await host.send(.workflow(.activate(host.tenant, WorkflowID(unchecked: "hear"))))
            try await publish(teller("acme.paid"), host)
            let run = try await host.send(.run(.execute(host.tenant, Self.greet, input: ["sum": 7], waiting)))
            #expect(run["state"] == "succeeded", "\(run)")
            var heard: [JSONValue] = []
            for _ in 0..<500 where heard.isEmpty {
                let list = RunRequest.list(
                    host.tenant, workflow: WorkflowID(unchecked: "hear"), state: "succeeded", needsPerson: false, cursor: nil, limit: 5)
                heard = try await host.send(.run(list))["runs"]?.array ?? []
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(heard.map { $0["output"] } == [7])

            _ = try await host.send(.workflow(.save(host.tenant, Self.greet, definition: teller("document.received"), revision: nil)))
            let refused = await problem {
                try await host.send(.workflow(.publish(host.tenant, Self.greet, revision: nil, note: nil)))
            }
            #expect(refused?.message.contains("told by the daemon alone") == true, "\(String(describing: refused))")
        }
    }

    @Test func `an expression that goes wrong names its place, and the run its step`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            try await publish(
                [
                    "id": "greet",
                    "nodes": [
                        ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "sum"]]],
                        ["id": "sum", "type": "action", "config": ["kind": "transform", "expression": ".a + .b"]],
                    ],
                ], host)
            let run = try await host.send(.run(.execute(host.tenant, Self.greet, input: ["a": 1, "b": "x"], waiting)))
            #expect(run["state"] == "failed")
            #expect(run["failedStep"] == "sum")
            #expect(run["error"]?["code"] == "expression", "\(run)")
        }
    }

    @Test func `a decision is for those who are asked, and an operator`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            try await publish(
                [
                    "id": "greet",
                    "nodes": [
                        ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "sign"]]],
                        [
                            "id": "sign", "type": "action",
                            "config": [
                                "kind": "approval", "title": "May ${ .who } come in?", "approvers": ["admin"],
                                "form": ["type": "object", "required": ["why"], "properties": ["why": ["type": "string"]]],
                            ],
                        ],
                    ],
                ], host)
            let run = try await host.send(
                .run(.execute(host.tenant, Self.greet, input: ["who": "Ada"], RunRequest.Options())))
            let id = try RunID(run["id"]?.string ?? "")
            var open: [JSONValue] = []
            for _ in 0..<500 where open.isEmpty {
                open = try await host.send(.run(.approvals(host.tenant, cursor: nil, limit: 10)))["approvals"]?.array ?? []
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(open.first?["title"] == "May Ada come in?")
            let bare = await problem {
                try await host.send(.run(.decide(host.tenant, id, step: "sign", isApproved: true, form: nil)))
            }
            #expect(bare?.message.contains("/why") == true, "\(String(describing: bare))")
            let decided = try await host.send(
                .run(.decide(host.tenant, id, step: "sign", isApproved: true, form: ["why": "because"])))
            #expect(decided["state"] == "succeeded", "\(decided)")
            let again = await problem {
                try await host.send(.run(.decide(host.tenant, id, step: "sign", isApproved: true, form: ["why": "because"])))
            }
            #expect(again?.code == .conflict)
        }
    }

    @Test func `what is asked of a run that is not there, or of a step that asks nothing, is refused by name`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            let nobody = RunID(unchecked: "run-7")
            for request in [
                RunRequest.show(host.tenant, nobody), .cancel(host.tenant, nobody), .pause(host.tenant, nobody),
                .replay(host.tenant, nobody, from: NodeID(unchecked: "a"), input: nil, version: nil),
                .resolve(host.tenant, nobody, step: "a", outcome: "again", output: nil),
            ] {
                let refusal = await problem { try await host.send(.run(request)) }
                #expect(refusal?.code == .notFound, "\(request)")
                #expect(refusal?.message.contains("run-7") == true)
            }
            let unknown = await problem {
                try await host.send(.run(.execute(host.tenant, Self.greet, input: .null, RunRequest.Options())))
            }
            #expect(unknown?.code == .notFound)
        }
    }
}
