import Model
import Testing

@testable import Workflows

/// Runs in which much happens at once, which must not lie on the stack.
struct PlannerDepthTests {
    private static func run(_ definition: JSONValue, items: Int) throws -> Run {
        let workflow = try Workflow(reading: definition)
        let first = Run(
            id: RunID(unchecked: "run-1"), workflow: workflow.id, version: 1, trigger: workflow.triggers[0], input: .inline("1"), began: 1)
        var planner = Planner(first, of: workflow)
        var open = planner.handle(.started, at: 1)
        var answers = Answers()
        answers.items = Array(repeating: .inline("1"), count: items)
        while !open.isEmpty {
            guard case .evaluate(let key, let question) = open.removeFirst() else { continue }
            open += planner.handle(.answered(key, question.stage, .success(answers)), at: 2)
        }
        return planner.run
    }

    @Test(arguments: [1, 100]) func `a long list whose iterations need nothing goes through`(concurrency: Int) throws {
        let run = try Self.run(
            Definition.with([
                Definition.node("start", "trigger", ["kind": "manual"], to: ["each"]),
                Definition.node("each", "loop", ["kind": "forEach", "concurrency": JSONValue(concurrency)], to: ["each>body"]),
                Definition.node("body", "action", ["kind": "join"]),
            ]), items: Answering.itemLimit)
        #expect(run.state == .succeeded)
        #expect(run.output?.text.utf8.count == 2 * Answering.itemLimit + 1)
    }

    @Test func `a long chain of nodes that need nothing goes through`() throws {
        let count = Workflow.nodeLimit - 1
        let chain = (0..<count).map {
            Definition.node("n\($0)", "action", ["kind": "join"], to: $0 + 1 < count ? ["n\($0 + 1)"] : [])
        }
        let run = try Self.run(
            Definition.with([Definition.node("start", "trigger", ["kind": "manual"], to: ["n0"])] + chain), items: 0)
        #expect(run.state == .succeeded)
    }
}
