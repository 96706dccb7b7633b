import Control
import HostTesting
import Model
import Tenancy
import Testing
import Workflows

@testable import cloister

/// One node alone, for real: through the daemon, with a sealed plugin and sealed workers.
@Suite(.timeLimit(.minutes(5))) struct LoneNodeDaemonTests {
    private static let greet = WorkflowID(unchecked: "greet")

    private static func definition(_ text: String) -> JSONValue {
        [
            "id": "greet",
            "nodes": [
                ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "people"]]],
                [
                    "id": "people", "type": "loop", "config": ["kind": "forEach", "items": ".names"],
                    "connections": [["port": "each", "to": "say"], ["port": "done", "to": "end"]],
                ],
                [
                    "id": "say", "type": "action",
                    "config": ["kind": "tool", "plugin": "probe", "tool": "echo", "input": ["text": .string(text), "big": "${ $trigger.big }"]],
                ],
                ["id": "end", "type": "action", "config": ["kind": "raise", "message": "the end"]],
            ],
        ]
    }

    private static func options(_ name: String, from run: String? = nil, version: String = "published") throws -> RunRequest.Options {
        var options = RunRequest.Options()
        options.wait = .seconds(30)
        var node = RunRequest.NodeWish(name)
        node.version = version
        node.from = try run.map { text in try RunID(text) }
        if run == nil { node.outputs = ["start": ["big": 1]] }
        options.node = node
        return options
    }

    @Test func `a node runs alone in a sealed plugin, from an earlier run or from a draft, and the log of audits names it`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            _ = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin()), configuration: nil))
            _ = try await host.send(.workflow(.create(host.tenant, definition: Self.definition("hello ${ $item } (${ $index })"))))
            _ = try await host.send(.workflow(.publish(host.tenant, Self.greet, revision: nil, note: nil)))
            var waiting = RunRequest.Options()
            waiting.wait = .seconds(30)
            let whole = try await host.send(
                .run(.execute(host.tenant, Self.greet, input: ["names": ["Ada", "Bob"], "big": 9_007_199_254_740_993], waiting)))
            #expect(whole["state"] == "failed" && whole["node"] == .null, "\(whole)")

            let past = try #require(whole["id"]?.string)
            let run = try await host.send(.run(.execute(host.tenant, Self.greet, input: .null, try Self.options("people.1/say", from: past))))
            #expect(run["state"] == "succeeded" && run["node"] == "say" && run["version"] == 1, "\(run)")
            #expect(run["output"]?["text"] == "hello Bob (1)" && run["output"]?["big"] == 9_007_199_254_740_993)
            let id = try RunID(run["id"]?.string ?? "")
            let log = try await host.send(.run(.logs(host.tenant, Self.greet, run: id, follow: false)))
            #expect(log["steps"]?.array?.map { $0["step"]?.string } == ["say"])
            #expect(log["run"]?["node"] == "say")

            // Of a draft that nobody has published, whatever is published or saved meanwhile.
            _ = try await host.send(.workflow(.save(host.tenant, Self.greet, definition: Self.definition("good day ${ . }"), revision: nil)))
            let draft = try await host.send(.run(.execute(host.tenant, Self.greet, input: "Eve", try Self.options("say", version: "draft"))))
            #expect(draft["output"]?["text"] == "good day Eve" && draft["version"] == 0, "\(draft)")
            let runs = RunRequest.list(host.tenant, workflow: Self.greet, state: nil, needsPerson: false, cursor: nil, limit: 10)
            let listed = try await host.send(.run(runs))["runs"]?.array ?? []
            #expect(listed.map { $0["node"] } == ["say", "say", .null])

            let entries = try await host.send(.auditList(AuditQuery(tenant: host.tenant, limit: 50)))["entries"]?.array ?? []
            let subjects = entries.filter { $0["method"] == "workflow/execute" && $0["kind"] == "outcome" }.map { $0["subject"]?.string }
            #expect(subjects == ["greet say", "greet people.1/say"])
        }
    }

    @Test func `it is held to the plan, and what makes no sense is refused before anything is begun`() async throws {
        try await DaemonFixture.with { (host) async throws in
            try await host.createTenant()
            _ = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin()), configuration: nil))
            _ = try await host.send(.workflow(.create(host.tenant, definition: Self.definition("${ . }"))))
            func refusal(_ name: String, version: String) async -> Problem? {
                await problem {
                    try await host.send(.run(.execute(host.tenant, Self.greet, input: 1, try Self.options(name, version: version))))
                }
            }
            #expect(await refusal("say", version: "published")?.code == .notFound)
            let near = await refusal("sya", version: "draft")
            #expect(near?.code == .notFound && near?.hint == "did you mean say?")
            #expect(await refusal("start", version: "draft")?.message == "node start is a trigger, which does nothing of itself")
            #expect(await refusal("a b", version: "draft")?.message == #"/node: no name of a node or of a step: "a b""#)
            #expect(await refusal("say", version: "newest")?.message.hasPrefix("/version: ") == true)
            let broken: JSONValue = ["id": "greet", "nodes": [["id": "say", "type": "action", "config": ["kind": "none"]]]]
            _ = try await host.send(.workflow(.save(host.tenant, Self.greet, definition: broken, revision: nil)))
            #expect(await refusal("say", version: "draft") != nil)
            _ = try await host.send(.workflow(.save(host.tenant, Self.greet, definition: Self.definition("${ . }"), revision: nil)))

            let basic = PlanID(unchecked: "basic")
            _ = try await host.send(
                .plans(.set(basic, ["name": "Basic", "currency": "EUR", "price": 100, "meters": ["workflowRuns": ["included": 1]]])))
            _ = try await host.send(.plans(.choose(basic, host.tenant)))
            let run = try await host.send(.run(.execute(host.tenant, Self.greet, input: 1, try Self.options("say", version: "draft"))))
            #expect(run["state"] == "succeeded", "\(run)")
            #expect(await refusal("say", version: "draft")?.code == .quotaExceeded)
        }
    }
}
