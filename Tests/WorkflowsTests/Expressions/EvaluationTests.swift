import Testing
import Workflows

@Suite struct EvaluationTests {
    @Test func `a program gives one value unless more are asked for`() {
        #expect(Evaluation(".a", input: "{}").limit == 1)
    }
}
