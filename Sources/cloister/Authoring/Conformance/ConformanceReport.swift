import Model

/// Verdicts for people and for programs.
enum ConformanceReport {
    static func line(_ verdict: ConformanceVerdict) -> String {
        let rule = verdict.rule
        let number = String(repeating: " ", count: rule.number < 10 ? 1 : 0) + String(rule.number)
        switch verdict.outcome {
        case .passed: return "pass  \(number)  \(rule.statement)\n"
        case .skipped(let why): return "skip  \(number)  \(rule.statement)\n           \(PlainText.escaping(why))\n"
        case .failed(let how):
            return "FAIL  \(number)  \(rule.statement) (section \(rule.section))\n"
                + "           \(PlainText.escaping(how))\n"
        }
    }

    static func summary(_ verdicts: [ConformanceVerdict]) -> String {
        let failed = verdicts.count { $0.hasFailed }
        let passed = verdicts.count { $0.outcome == .passed }
        return "\(passed) passed, \(failed) failed, \(verdicts.count - passed - failed) skipped\n"
    }

    static func json(_ verdicts: [ConformanceVerdict]) -> JSONValue {
        let rules = verdicts.map { verdict -> JSONValue in
            var members: [String: JSONValue] = [
                "rule": JSONValue(verdict.rule.number), "section": JSONValue(verdict.rule.section),
                "statement": .string(verdict.rule.statement),
            ]
            switch verdict.outcome {
            case .passed: members["outcome"] = "passed"
            case .failed(let how):
                members["outcome"] = "failed"
                members["reason"] = .string(how)
            case .skipped(let why):
                members["outcome"] = "skipped"
                members["reason"] = .string(why)
            }
            return .object(members)
        }
        return ["conforms": .bool(!verdicts.contains { $0.hasFailed }), "rules": .array(rules)]
    }
}
