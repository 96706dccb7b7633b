import ArgumentParser
import Model
import Testing

@testable import cloister

struct CommandFailureTests {
    @Test(arguments: [
        (.pluginFailed, 1), (.cancelled, 1), (.invalidInput, 65), (.notFound, 66), (.unreachable, 69),
        (.unsupported, 69), (.internalFault, 70), (.conflict, 73), (.retryLater, 75), (.quotaExceeded, 75),
        (.shuttingDown, 75), (.permissionDenied, 77), (.invalidConfiguration, 78), (.deadlineExceeded, 124),
    ] as [(Problem.Code, Int32)])
    func `every problem has the documented exit status`(code: Problem.Code, status: Int32) {
        #expect(code.exitStatus == status)
        #expect(CommandFailure.problem(Problem(code, "x"))?.code.exitStatus == status)
    }

    @Test func `a problem is told in two lines with its hint`() {
        let problem = Problem(.notFound, "plugin not found: exif", hint: "did you mean exif-metadata?")
        #expect(CommandFailure.text(problem) == "cloister: plugin not found: exif\n  hint: did you mean exif-metadata?\n")
    }

    @Test func `the tail of a plugin's standard error stays readable and harmless`() {
        let problem = Problem(.pluginFailed, "exif exited 3", cause: #"Traceback\n  line 1 \u{1B}[2J"#)
        #expect(CommandFailure.text(problem) == "cloister: exif exited 3\n  | Traceback\n  |   line 1 \\u{1B}[2J\n")
        #expect(CommandFailure.text(Problem(.conflict, "a", cause: "b")) == "cloister: a: b\n")
    }

    @Test func `several mistakes have a line each, wherever they were found`() {
        for message in ["a: missing\nb: unknown", #"a: missing\nb: unknown"#] {
            #expect(CommandFailure.text(Problem(.invalidInput, message)) == "cloister: a: missing\n  b: unknown\n")
        }
        // What a plugin itself wrote comes with its backslashes doubled.
        #expect(CommandFailure.text(Problem(.pluginFailed, #"one\\nline"#)) == "cloister: one\\nline\n")
    }

    @Test func `a program reads the problem as one line of JSON`() throws {
        let text = CommandFailure.json(Problem(.quotaExceeded, "disk full\n", hint: "delete something"))
        #expect(text.split(separator: "\n").count == 1)
        let value = try JSONValue.parse(text)
        #expect(value["code"] == "quotaExceeded")
        #expect(value["exitStatus"] == 75)
        #expect(value["hint"] == "delete something")
    }

    @Test func `usage errors stay with the argument parser, unknown errors are internal faults`() {
        struct Surprise: Error {}
        #expect(CommandFailure.problem(Surprise())?.code == .internalFault)
        #expect(CommandFailure.problem(CancellationError())?.code == .cancelled)
        for error in [ValidationError("no"), ExitCode(1), CleanExit.helpRequest()] as [any Error] {
            #expect(CommandFailure.problem(error) == nil)
        }
        let usage = #expect(throws: (any Error).self) { try Cloister.parseAsRoot(["tenant", "create"]) }
        #expect(usage.map { CommandFailure.problem($0) == nil && Cloister.exitCode(for: $0).rawValue == 64 } == true)
    }
}
