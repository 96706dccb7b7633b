import Model
import Testing

@testable import Workflows

/// Answers that tell more than whoever reads runs may know.
struct HiddenSecretTests {
    private static var post: HTTPAction { HTTPAction(method: .post, url: Template(root: .constant("x")), idempotency: .none) }

    private func outcome(_ status: Int, _ action: HTTPAction, hiding secret: String? = nil, _ body: String = "") async throws -> PlannerEvent.Outcome {
        let answer = ReceivedAnswer(
            status: status, fields: [PreparedRequest.Field(name: "Access-Control-Allow-Origin", value: "Bearer s3cret-value")], body: Array(body.utf8))
        return await RequestEnd.answered(answer).hiding(secret).outcome(of: action, to: try RequestAddress("https://api.example.com/")) { _ in .null }
    }

    @Test func `a secret that comes back is not kept, wherever it stands`() async throws {
        guard case .success(let output) = try await outcome(200, Self.post, hiding: "s3cret-value", "you sent s3cret-value, s3cret-value") else {
            return #expect(Bool(false), "it failed")
        }
        #expect(!output.text.contains("s3cret-value"))
        let value = try JSONValue.parse(output.text)
        #expect(value["body"] == "you sent [secret], [secret]")
        #expect(value["headers"]?["access-control-allow-origin"] == "Bearer [secret]")
    }

    @Test(arguments: [502, 504]) func `a gateway's word does not say that it did not happen`(status: Int) async throws {
        guard case .lost(let error) = try await outcome(status, Self.post) else { return #expect(Bool(false), "not lost") }
        #expect(error.code == "http.\(status)")
        var get = Self.post
        get.idempotency = .idempotent
        guard case .failure = try await outcome(status, get) else { return #expect(Bool(false), "no failure") }
        guard case .failure = try await outcome(503, Self.post) else { return #expect(Bool(false), "no failure") }
    }

    @Test(arguments: [("[\"http.504\"]", Step.State.retrying), ("[\"http.500\"]", .unknown)])
    func `what its author names is tried again all the same`(only: String, state: Step.State) throws {
        let workflow = try Workflow(
            reading: JSONValue.parse(
                """
                {"id": "send", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "use"}]},
                  {"id": "use", "type": "action", "config": {"kind": "tool", "plugin": "world", "tool": "x", "retry": {"only": \(only)}}}]}
                """))
        let run = Run(id: RunID(unchecked: "run-1"), workflow: workflow.id, version: 1, trigger: workflow.triggers[0], input: .null, began: 1)
        var planner = Planner(run, of: workflow)
        _ = planner.handle(.started, at: 1)
        let key = StepKey(NodeID(unchecked: "use"))
        _ = planner.handle(.granted(key), at: 1)
        _ = planner.handle(.returned(key, attempt: 1, .lost(StepError("http.504", "a gateway"))), at: 2)
        #expect(planner.steps[key]?.state == state)
    }

    @Test func `a request holds its place for five minutes at most`() {
        let findings = Definition.findings(
            Definition.of("action", ["kind": "http", "url": "https://api.example.com/", "timeout": "2h"]))
        #expect(findings.contains { $0.contains("a request has at most 5m") }, "\(findings)")
    }
}
