import Model

/// What came of fixtures, for people and for programs.
enum FixtureText {
    static func line(_ verdict: FixtureRun.Verdict) -> String {
        let fixture = verdict.fixture
        guard !verdict.passed else { return "pass  \(PlainText.escaping(fixture.name))\n" }
        var text = "FAIL  \(PlainText.escaping(fixture.name)) (\(fixture.place))\n"
        if let other = verdict.answer.object?.first, other.key != fixture.outcome.rawValue {
            text += "        expected the \(fixture.outcome.rawValue), came the \(other.key)\n" + lines("+ ", other.value, "nothing")
        } else {
            for difference in verdict.differences {
                text += "        at \(PlainText.escaping(difference.place.place))\n"
                text += lines("- ", difference.expected, "nothing")
                text += lines("+ ", difference.found, "nothing")
            }
        }
        for strike in verdict.strikes { text += "        \(PlainText.escaping(strike))\n" }
        for line in verdict.log { text += "        | \(PlainText.escaping(line))\n" }
        return text
    }

    static func summary(_ verdicts: [FixtureRun.Verdict]) -> String {
        let passed = verdicts.count(where: \.passed)
        let note = verdicts.contains { !$0.strikes.isEmpty }
            ? "standard output carries messages and nothing else: print to standard error\n" : ""
        return note + "\(passed) passed, \(verdicts.count - passed) failed\n"
    }

    static func json(_ verdicts: [FixtureRun.Verdict]) -> JSONValue {
        ["fixtures": .array(verdicts.map { verdict in
            let differences = verdict.differences.map { difference -> JSONValue in
                [
                    "place": .string(difference.place.place), "expected": difference.expected ?? .null,
                    "found": difference.found ?? .null,
                ]
            }
            return [
                "name": .string(verdict.fixture.name), "place": .string(verdict.fixture.place.description),
                "passed": .bool(verdict.passed), "differences": .array(differences), "answer": verdict.answer,
                "strikes": .array(verdict.strikes.map(JSONValue.string)),
            ]
        })]
    }

    /// `- ` for what was expected, `+ ` for what came.
    private static func lines(_ mark: String, _ value: JSONValue?, _ nothing: String) -> String {
        let text = value.map { PlainText.escapingJSON($0.prettyText) } ?? nothing
        let lines = text.split(separator: "\n")
        var result = lines.prefix(40).map { "          \(mark)\($0.prefix(400))\n" }.joined()
        if lines.count > 40 { result += "          \(mark)… \(lines.count - 40) more lines\n" }
        return result
    }
}
