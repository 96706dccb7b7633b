import Model
import Workflows

/// Answers questions about simulated workflows, whose programs are JSON texts, `.` and `again`.
enum SimulatedEvaluator {
    static func answer(_ question: Question, _ random: inout SeededRandom) -> Result<Answers, StepError> {
        if random.chance(2) { return .failure(StepError(StepError.expressionCode, "a simulated fault")) }
        var answers = Answers()
        for (site, template) in question.templates {
            switch site {
            case .runs, .holds, .case: answers.flags[site] = template.programs == ["again"] ? random.chance(60) : text(template, question) == "true"
            case .items: answers.items = items(template, question)
            case .text: answers.texts[site] = JSONValue.spoken(text(template, question))
            case .input, .output, .result: answers.payloads[site] = payload(template, question)
            }
        }
        return .success(answers)
    }

    private static func payload(_ template: Template, _ question: Question) -> Payload {
        template.programs == ["."] ? question.input : .inline(text(template, question))
    }

    private static func text(_ template: Template, _ question: Question) -> String {
        template.text(filledWith: template.programs)
    }

    /// The engine asks for `(PROGRAM)[]`, and after a restart for `.[]`.
    private static func items(_ template: Template, _ question: Question) -> [Payload] {
        let program = template.programs.first ?? ""
        if program == ".[]" { return question.input.elements }
        let array = program.dropFirst().prefix { $0 != "\n" }
        return (try? JSONValue.parse(String(array)))?.array?.map { .inline($0.compactText) } ?? []
    }
}

extension JSONValue {
    fileprivate static func spoken(_ json: String) -> String { (try? JSONValue.parse(json))?.string ?? json }
}

extension Payload {
    /// As after a restart, when it is read as text.
    fileprivate var elements: [Payload] {
        switch self {
        case .array(let elements): elements
        case .inline(let text): (try? JSONValue.parse(text))?.array?.map { .inline($0.compactText) } ?? []
        default: []
        }
    }

    /// As it comes back from disk.
    var stored: Payload { .inline(text) }
}
