import Testing

@testable import Model

struct ProblemTests {
    @Test func `a problem prints message, cause and hint`() {
        let problem = Problem(
            .notFound, "plugin not found: exif", hint: "did you mean exif-metadata?", cause: "no folder")
        #expect(problem.description == "plugin not found: exif: no folder (did you mean exif-metadata?)")
        #expect(Problem(wrapping: problem, doing: "x") == problem)
        struct Other: Error {}
        #expect(Problem(wrapping: Other(), doing: "cannot write").code == .internalFault)
    }

    @Test func `exit statuses are those of the manual`() {
        let expected: [Problem.Code: Int32] = [
            .pluginFailed: 1, .cancelled: 1, .invalidInput: 65, .notFound: 66, .unreachable: 69, .unsupported: 69,
            .internalFault: 70,
            .conflict: 73, .retryLater: 75, .quotaExceeded: 75, .shuttingDown: 75, .permissionDenied: 77,
            .invalidConfiguration: 78,
            .deadlineExceeded: 124,
        ]
        for code in Problem.Code.allCases { #expect(code.exitStatus == expected[code]) }
    }

    @Test func `a list throws one problem as it is and several as lines`() {
        var list = ProblemList()
        #expect(list.attempt { () throws(Problem) in 3 } == 3)
        #expect(throws: Never.self) { try list.finish() }
        let first: Int? = list.attempt { () throws(Problem) in throw Problem(.notFound, "a") }
        #expect(first == nil)
        #expect(throws: Problem(.notFound, "a")) { try list.finish() }
        for number in 1...30 { list.add(Problem(.conflict, "p\(number)", hint: "h")) }
        let error = #expect(throws: Problem.self) { try list.finish() }
        #expect(error?.code == .notFound)
        #expect(error?.message.hasPrefix("a\np1 (h)\np2 (h)\n") == true)
        #expect(error?.message.hasSuffix("\nand 11 more") == true)
    }
}
