import Model

/// Puts questions about steps to an evaluator, and its answers into the form that the planner takes.
struct Answering: Sendable {
    /// Items of one loop.
    static let itemLimit = 10_000

    /// What expressions may name with a `$`; only in the body of a loop its item and where that stands.
    static func variables(inLoop: Bool) -> [String] { ["trigger", "run", "vars", "nodes"] + (inLoop ? ["item", "index"] : []) }

    let evaluator: any ExpressionEvaluator
    let tenant: TenantID

    /// What every expression of a run may read.
    struct Circumstances: Sendable {
        var run: Run
        var variables: JSONValue
    }

    /// Throws where the evaluator could not be asked.
    func answer(_ question: Question, _ circumstances: Circumstances) async throws(Problem) -> Result<Answers, StepError> {
        let sites = question.templates.keys.sorted { $0.order < $1.order }
        var evaluations: [Evaluation] = []
        let input = sites.contains { question.templates[$0]?.constant == nil } ? question.input.text : "null"
        for site in sites {
            for program in question.templates[site]?.programs ?? [] {
                evaluations.append(
                    Evaluation(
                        program, input: input, variables: question.variables(for: program, circumstances),
                        limit: site == .items ? Self.itemLimit : 1))
            }
        }
        var results: ArraySlice<Result<[String], ExpressionFault>> = []
        if !evaluations.isEmpty {
            results = try await evaluator.evaluate(evaluations, for: tenant)[...]
            guard results.count == evaluations.count else {
                return .failure(StepError("internalFault", "the evaluator lost an expression"))
            }
        }
        return Self.answers(question, sites, &results)
    }

    /// Asks again for about ten seconds where nobody can answer now: nothing is on disk yet that could wait for longer.
    private func patiently<Value>(_ ask: () async throws(Problem) -> Value) async throws(Problem) -> Value {
        for turn in 0..<7 {
            do throws(Problem) {
                return try await ask()
            } catch {
                guard error.mayPass, error.code != .shuttingDown, !Task.isCancelled else { throw error }
                try? await Task.sleep(for: .milliseconds(100 << turn))
            }
        }
        return try await ask()
    }

    /// What a run shares its places with; nil where its workflow sets no limit. Throws `invalidInput` where its input gives no
    /// key.
    func concurrency(of workflow: Workflow, _ run: Run) async throws(Problem) -> RunOrigin.Concurrency? {
        guard let setting = workflow.settings.concurrency else { return nil }
        let value = try await value(of: setting.key, "concurrency", workflow, run)
        return RunOrigin.Concurrency(key: StepIdentity.digest([workflow.id.rawValue, value]), limit: setting.limit)
    }

    /// What a run shares its rate with; nil where its workflow sets none. Throws `invalidInput` where its input gives no key.
    func throttle(of workflow: Workflow, _ run: Run) async throws(Problem) -> RunOrigin.Throttle? {
        guard let setting = workflow.settings.throttle else { return nil }
        let value = try await value(of: setting.key, "throttle", workflow, run)
        return RunOrigin.Throttle(
            key: StepIdentity.digest([workflow.id.rawValue, value]), interval: max(1, setting.period.milliseconds / Int64(setting.limit)),
            burst: setting.limit)
    }

    /// With which other starts it becomes one run; nil where its workflow sets nothing. Throws `invalidInput` where its input gives
    /// no key.
    func debounce(of workflow: Workflow, _ run: Run) async throws(Problem) -> RunOrigin.Debounce? {
        guard let setting = workflow.settings.debounce else { return nil }
        let value = try await value(of: setting.key, "debounce", workflow, run)
        return RunOrigin.Debounce(
            key: StepIdentity.digest([workflow.id.rawValue, value]), quiet: setting.quiet.milliseconds, longest: setting.longest.milliseconds)
    }

    private func value(of key: Template?, _ name: String, _ workflow: Workflow, _ run: Run) async throws(Problem) -> String {
        guard let key else { return "" }
        return try await text(key, of: run, workflow.settings.variables, as: "settings.\(name).key of workflow \(workflow.id)")
    }

    /// What a text with expressions over a run's input comes to. Throws `invalidInput`, about `place`, where it comes to nothing.
    func text(_ template: Template, of run: Run, _ variables: JSONValue, as place: String) async throws(Problem) -> String {
        let question = Question(stage: .input, templates: [.text: template], input: run.input)
        let circumstances = Circumstances(run: run, variables: variables)
        switch try await patiently({ () throws(Problem) in try await answer(question, circumstances) }) {
        case .success(let answers): return answers.texts[.text] ?? ""
        case .failure(let error): throw Problem(.invalidInput, "\(place): \(error.message)")
        }
    }

    private static func answers(
        _ question: Question, _ sites: [Question.Site], _ results: inout ArraySlice<Result<[String], ExpressionFault>>
    ) -> Result<Answers, StepError> {
        var answers = Answers()
        for site in sites {
            guard let template = question.templates[site] else { continue }
            var values: [[String]] = []
            for _ in template.programs {
                switch results.popFirst() {
                case .success(let given)?: values.append(given)
                case .failure(let fault)?:
                    // Whatever a node's other expressions say, one that does not run does not fail.
                    if answers.flags[.runs] == false { values.append([]) } else { return .failure(StepError(fault, site)) }
                case nil: values.append([])
                }
            }
            if site == .items {
                answers.items = values.first?.map(Payload.inline) ?? []
                continue
            }
            if let empty = values.firstIndex(where: \.isEmpty), answers.flags[.runs] != false {
                return .failure(StepError(StepError.expressionCode, "\(site.name): expression \(empty + 1) gave no value"))
            }
            let text = template.text(filledWith: values.map { $0.first ?? "null" })
            switch site {
            case .runs, .holds, .case: answers.flags[site] = text != "false" && text != "null"
            case .text: answers.texts[site] = (try? JSONValue.parse(text))?.string ?? text
            case .input, .output, .result:
                guard text.utf8.count <= Payload.limit else { return .failure(.tooLarge(site.name)) }
                answers.payloads[site] = .inline(text)
            case .items: break
            }
        }
        return .success(answers)
    }
}

extension StepError {
    fileprivate init(_ fault: ExpressionFault, _ site: Question.Site) {
        let place = fault.line.map { line in " at line \(line)" + (fault.column.map { ", column \($0)" } ?? "") } ?? ""
        self.init(Self.expressionCode, "\(site.name)\(place): \(fault.message)")
    }
}

extension Question {
    /// The variables of a program, each in full where the program names it.
    fileprivate func variables(for program: String, _ circumstances: Answering.Circumstances) -> [String: String] {
        let named = ExpressionScanner.variables(in: program)
        func text(_ name: String, _ value: () -> String) -> String { named?.contains(name) ?? true ? value() : "null" }
        let run = circumstances.run
        return [
            "trigger": text("trigger") { run.input.text },
            "vars": text("vars") { circumstances.variables.compactText },
            "item": text("item") { item?.text ?? "null" },
            "index": text("index") { index.map(String.init) ?? "null" },
            "nodes": text("nodes") {
                Payload.object(Dictionary(uniqueKeysWithValues: nodes.map { ($0.key.rawValue, $0.value) })).text
            },
            "run": text("run") {
                JSONValue.object([
                    "id": .string(run.id.rawValue), "workflow": .string(run.workflow.rawValue),
                    "version": .integer(Int64(run.version)), "began": .integer(run.began),
                ]).compactText
            },
        ]
    }
}

extension Question.Site {
    /// In which order the answers are read: first whether the step runs at all.
    fileprivate var order: Int {
        switch self {
        case .runs: 0
        case .input: 1
        case .holds: 2
        case .items: 3
        case .result: 4
        case .text: 5
        case .output: 6
        case .case(let index): 10 + index
        }
    }

    /// As the author wrote it.
    fileprivate var name: String {
        switch self {
        case .runs: "if"
        case .input: "input"
        case .output: "output"
        case .holds: "condition"
        case .case(let index): "case \(index + 1)"
        case .items: "items"
        case .result: "expression"
        case .text: "text"
        }
    }
}
