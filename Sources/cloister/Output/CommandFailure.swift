import ArgumentParser
import Glibc
import Model

/// How a command says why it failed, and with which status it ends.
enum CommandFailure {
    /// For people:
    /// ```
    /// cloister: plugin not found: exif
    ///   hint: did you mean exif-metadata?
    /// ```
    static func text(_ problem: Problem) -> String {
        // A file or an input with several mistakes has a line for each.
        var text = "cloister: \(PlainText.lines(of: problem.message).joined(separator: "\n  "))"
        if let cause = problem.cause {
            // A cause may be the tail of a plugin's standard error.
            let lines = PlainText.lines(of: cause)
            text += lines.count == 1 ? ": \(lines[0])" : lines.map { "\n  | \($0)" }.joined()
        }
        if let hint = problem.hint { text += "\n  hint: \(PlainText.escaping(hint))" }
        return text + "\n"
    }

    /// For programs: one line.
    static func json(_ problem: Problem) -> String {
        let value: JSONValue = [
            "code": .string(problem.code.rawValue), "message": .string(problem.message),
            "hint": JSONValue(problem.hint), "cause": JSONValue(problem.cause),
            "exitStatus": .integer(Int64(problem.code.exitStatus)),
        ]
        return value.compactText + "\n"
    }

    /// What an error means for the caller; nil for usage errors and requests for help, which ArgumentParser words itself.
    static func problem(_ error: any Error) -> Problem? {
        switch error {
        case let problem as Problem: problem
        case is CancellationError: Problem(.cancelled, "cancelled")
        case is ExitCode: nil
        // What ArgumentParser knows has another status than plain failure.
        case _ where Cloister.exitCode(for: error) == .failure: Problem(wrapping: error, doing: "unexpected error")
        default: nil
        }
    }

    /// Reports the error and ends the process.
    static func exit(_ error: any Error, asJSON isJSON: Bool) -> Never {
        if let interruption = error as? Interruption { interruption.end() }
        guard let problem = problem(error) else { Cloister.exit(withError: error) }
        StandardError.write(isJSON ? json(problem) : text(problem))
        Glibc.exit(problem.code.exitStatus)
    }
}
