import HTTPTypes
import Model
import Testing

@testable import Web

struct RefusalTests {
    @Test(arguments: Problem.Code.allCases) func `each problem has a status, and its document has the schema`(code: Problem.Code) {
        let refusal = Refusal(Problem(code, "something: x", hint: "do this", cause: "beneath"))
        #expect((400...599).contains(refusal.status.code))
        #expect((refusal.status.code == 500) == (code == .internalFault))
        #expect(Refusal.schema.compiled().violations(in: refusal.document(request: "1")).isEmpty)
    }

    @Test func `what lies beneath a fault of the daemon's own stays inside`() {
        let refusal = Refusal(Problem(.internalFault, "cannot read /var/lib/x", cause: "errno 5"))
        let text = refusal.document(request: "1").compactText
        #expect(!text.contains("/var/lib"))
        #expect(!text.contains("errno"))
    }

    @Test func `places become pointers`() {
        let refusal = Refusal(Problem(.invalidInput, "/quota/memory: missing\n/cpu: expected number, found string"))
        #expect(refusal.faults.map(\.place) == [.pointer("/quota/memory"), .pointer("/cpu")])
        #expect(refusal.faults.map(\.detail) == ["missing", "expected number, found string"])
        #expect(Refusal(Problem(.invalidInput, "/: expected object, found array")).faults.first?.place == .pointer(""))
        #expect(Refusal(Problem(.invalidInput, "not a name")).faults.isEmpty)
    }
}
