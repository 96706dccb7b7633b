import Model
import Testing

@testable import Workflows

/// What the planner has sent, and keeps until it knows what came of it.
struct ReachingStepTests {
    private static let request: JSONValue = [
        "kind": "http", "method": "POST", "url": "https://api.example.com/${ .id }", "input": ["id": 1], "retry": ["attempts": 3, "delay": "1s"],
    ]
    private static let key = StepKey(NodeID(unchecked: "work"))
    private static let sent = Payload.inline(#"{"url":"https://api.example.com/1"}"#)

    private static func planner(_ config: JSONValue) throws -> Planner {
        let workflow = try Workflow(reading: Definition.of("action", config))
        let run = Run(id: RunID(unchecked: "run-1"), workflow: workflow.id, version: 1, trigger: workflow.triggers[0], input: .inline("{}"), began: 1)
        return Planner(run, of: workflow)
    }

    /// As far as the call that is made.
    private static func call(_ planner: inout Planner) -> Call? {
        _ = planner.handle(.started, at: 1)
        var answers = Answers()
        answers.payloads = [.input: .inline(#"{"id":1}"#), .result: sent]
        _ = planner.handle(.answered(key, .input, .success(answers)), at: 2)
        _ = planner.handle(.answered(key, .work, .success(answers)), at: 2)
        return invoked(planner.handle(.granted(key), at: 3))
    }

    private static func invoked(_ effects: [Effect]) -> Call? {
        for case .invoke(_, _, let call) in effects { return call }
        return nil
    }

    @Test func `what was worked out is sent, and the same again after a restart`() throws {
        var planner = try Self.planner(Self.request)
        guard case .http(let action, Self.sent, let timeout)? = Self.call(&planner) else { return #expect(Bool(false), "no request") }
        #expect(action.method == .post && timeout == HTTPAction.ordinaryTimeout)
        let (run, steps) = planner.takeChanges()
        #expect(steps.last?.input == .inline(#"{"id":1}"#) && steps.last?.request == Self.sent)
        // It may have arrived: nobody makes it again in silence.
        var second = Planner(try #require(run), steps: steps, of: planner.workflow)
        let effects = second.handle(.recovered, at: 9)
        #expect(effects.isEmpty && second.steps[Self.key]?.state == .unknown)
        _ = second.handle(.resolved(Self.key, .again), at: 10)
        guard case .http(_, Self.sent, _)? = Self.invoked(second.handle(.granted(Self.key), at: 11)) else { return #expect(Bool(false), "not again") }
    }

    @Test func `the planner waits a little longer than whoever makes the request`() throws {
        var planner = try Self.planner(Self.request)
        _ = Self.call(&planner)
        #expect(planner.nextDue == 35_003)
    }

    @Test func `who asks to be left alone is left alone`() throws {
        var planner = try Self.planner(Self.request)
        _ = Self.call(&planner)
        var error = StepError("http.503", "not now")
        error.pause = 60_000
        _ = planner.handle(.returned(Self.key, attempt: 1, .failure(error)), at: 100)
        #expect(planner.steps[Self.key]?.state == .retrying && planner.nextDue == 60_100)
    }

    @Test func `a message is sent again with the same key, a connector only when it may be`() throws {
        var message = try Self.planner(["kind": "notify", "to": ["admin"], "subject": "x", "text": "${ .id }"])
        guard case .notify? = Self.call(&message) else { return #expect(Bool(false), "no message") }
        let (run, steps) = message.takeChanges()
        var again = Planner(try #require(run), steps: steps, of: message.workflow)
        let effects = again.handle(.recovered, at: 9)
        #expect(effects == [.queue(Self.key)])
        var connector = try Self.planner(["kind": "connector", "connector": "slack", "action": "message.post", "input": "${ .id }"])
        guard case .connector(_, .inline(#"{"id":1}"#))? = Self.call(&connector) else { return #expect(Bool(false), "no action") }
        _ = connector.handle(.returned(Self.key, attempt: 1, .lost(StepError("x", "y"))), at: 9)
        #expect(connector.steps[Self.key]?.state == .unknown)
    }
}
