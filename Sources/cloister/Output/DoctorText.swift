import Control
import Model
import Sandbox

/// A machine's report for people.
enum DoctorText {
    static func text(_ report: HostReport, _ status: Result<StatusReport, Problem>, width: Int?) -> String {
        var details = Details()
        for check in report.checks {
            details.add("\(mark(check.outcome)) \(check.name)", check.detail)
            if let hint = check.hint { details.add("", "hint: \(hint)") }
        }
        var text = details.text(width: width) + "\n" + verdict(report.outcome) + "\n\n"
        switch status {
        case .success(let status): text += StatusText.text(status, width: width)
        case .failure(let problem): text += "daemon: \(PlainText.escaping(problem.message))\n"
        }
        return text
    }

    private static func mark(_ outcome: HostReport.Check.Outcome) -> String {
        switch outcome {
        case .ok: "ok    "
        case .weaker: "weaker"
        case .failed: "FAILED"
        }
    }

    private static func verdict(_ outcome: HostReport.Check.Outcome) -> String {
        switch outcome {
        case .ok: "this machine holds plugins to everything that cloister asks"
        case .weaker: "plugins run here, with less than cloister could enforce elsewhere"
        case .failed: "plugins, or some of them, cannot run here"
        }
    }
}
