import Model
import Testing

@testable import Workflows

/// What a run may begin, however its loops are drawn.
struct StepLimitTests {
    @Test func `a run that would begin too many steps fails at once, and says so`() throws {
        let body = (0..<20).map { Definition.node("n\($0)", "action", ["kind": "join"], to: $0 < 19 ? ["n\($0 + 1)"] : []) }
        let definition = Definition.with(
            [
                Definition.node("start", "trigger", ["kind": "manual"], to: ["each"]),
                Definition.node("each", "loop", ["kind": "forEach"], to: ["each>n0"]),
            ] + body)
        let workflow = try Workflow(reading: definition)
        let first = Run(
            id: RunID(unchecked: "run-1"), workflow: workflow.id, version: 1, trigger: workflow.triggers[0], input: .inline("1"), began: 1)
        var planner = Planner(first, of: workflow, stepLimit: 5000)
        var answers = Answers()
        answers.items = Array(repeating: .inline("1"), count: Answering.itemLimit)
        var open = planner.handle(.started, at: 1)
        while !open.isEmpty {
            guard case .evaluate(let key, let question) = open.removeFirst() else { continue }
            open += planner.handle(.answered(key, question.stage, .success(answers)), at: 2)
        }
        #expect(planner.run.state == .failed)
        #expect(planner.run.error?.message == "more than 5000 steps (work on fewer items in one run)")
        #expect(planner.steps.count <= 5000)
        #expect(planner.steps.values.allSatisfy { $0.state.isTerminal })
        #expect(planner.handle(.tick, at: 3).isEmpty)
    }
}
