import Model

/// What a step does in its turn.
extension Planner {
    /// Works out whether a step runs and with what; what its kind needs too, where that comes from the same input.
    mutating func prepare(_ key: StepKey) {
        guard let node = node(key) else { return }
        if let known = steps[key]?.input {
            // Worked out before the daemon died, or given by a person who replays the run from here.
            let questions = node.kind.questions
            if questions.isEmpty { work(key, Answers()) } else { evaluate(key, .work, questions, known) }
            return
        }
        let input = arrived(at: key)
        guard input.size <= Payload.limit else { return fail(key, .tooLarge("input")) }
        var templates: [Question.Site: Template] = [:]
        templates[.runs] = node.condition
        templates[.input] = node.input
        if node.input == nil { templates.merge(node.kind.questions) { first, _ in first } }
        guard templates.isEmpty else { return evaluate(key, .input, templates, input) }
        change(key) { $0.input = input }
        work(key, Answers())
    }

    mutating func evaluate(
        _ key: StepKey, _ stage: Question.Stage, _ templates: [Question.Site: Template], _ input: Payload
    ) {
        effects.append(.evaluate(key, question(about: key, stage, templates, input)))
    }

    /// With all that expressions may read where the step stands.
    func question(
        about key: StepKey, _ stage: Question.Stage, _ templates: [Question.Site: Template], _ input: Payload
    ) -> Question {
        var question = Question(stage: stage, templates: templates, input: input)
        let references = templates.values.map(\.references)
        if references.contains(where: \.all) {
            question.nodes = lone?.nodes ?? [:]
            for id in graph.before(key.node) { question.nodes[id] = output(of: id, seenFrom: key.scope) }
        } else {
            for id in references.flatMap(\.nodes).compactMap(NodeID.init(rawValue:)) {
                question.nodes[id] = output(of: id, seenFrom: key.scope)
            }
        }
        if let last = key.scope.iterations.last, let owner = key.scope.owner {
            question.item = steps[owner.iteration(last.index)]?.input
            question.index = last.index
        } else if let lone {
            (question.item, question.index) = (lone.item, lone.index)
        }
        return question
    }

    /// The output of a node in this level or the nearest one round it; of one that does not run, what is given for it.
    private func output(of node: NodeID, seenFrom scope: Scope) -> Payload? {
        var scope = scope
        while true {
            if let step = steps[StepKey(node, in: scope)], step.state.isTerminal { return step.output }
            guard !scope.iterations.isEmpty else { return lone?.nodes[node] }
            scope.iterations.removeLast()
        }
    }

    mutating func answer(_ key: StepKey, _ stage: Question.Stage, _ result: Result<Answers, StepError>) {
        guard let step = steps[key], let node = node(key) else { return }
        let answers: Answers
        switch result {
        case .success(let given): answers = given
        case .failure(let error):
            if step.accepts(stage) { fail(key, error) }
            return
        }
        guard step.accepts(stage) else { return }
        switch stage {
        case .input:
            if answers.flags[.runs] == false { return succeed(key, node.kind.usualPort, step.input ?? arrived(at: key)) }
            let input = answers.payloads[.input] ?? arrived(at: key)
            change(key) { $0.input = input }
            let questions = node.kind.questions
            if node.input == nil || questions.isEmpty { return work(key, answers) }
            evaluate(key, .work, questions, input)
        case .work:
            if node.kind.isLoop, step.state == .waiting { goRound(key, answers.flags[.holds] ?? false) } else { work(key, answers) }
        case .output: succeed(key, step.port ?? node.kind.usualPort, answers.payloads[.output] ?? .null)
        case .items:
            guard loops[key]?.items == nil else { return }
            loops[key]?.items = answers.items ?? []
            advance(key)
        }
    }

    /// Does what the kind of the node says, with the answers to its questions.
    private mutating func work(_ key: StepKey, _ answers: Answers) {
        guard let node = node(key), let step = steps[key], step.state == .ready else { return }
        let input = step.input ?? .null
        switch node.kind {
        case .trigger: complete(key, .out, input)
        case .action(.tool), .action(.emit), .action(.workflow), .action(.connector): queue(key, request: nil)
        case .action(.http), .action(.notify): queue(key, request: answers.payloads[.result])
        case .action(.transform), .action(.set), .action(.map), .condition(.filter):
            complete(key, .out, answers.payloads[.result] ?? .null)
        case .action(.join): complete(key, .out, input)
        case .action(.raise): fail(key, StepError(StepError.raisedCode, answers.texts[.text] ?? ""))
        case .action(.wait(let wait)): sleep(key, wait, answers.texts[.text] ?? "")
        case .action(.approval(let approval)): ask(key, approval, answers.texts[.text] ?? "")
        case .condition(.if): complete(key, answers.flags[.holds] == true ? .yes : .no, input)
        case .condition(.switch(let cases)):
            let index = cases.indices.first { answers.flags[.case($0)] == true }
            complete(key, index.map { cases[$0].port } ?? .otherwise, input)
        case .loop(let loop): goInto(key, loop, answers.items ?? [])
        }
    }

    private mutating func queue(_ key: StepKey, request: Payload?) {
        change(key) {
            $0.state = .queued
            $0.request = request
        }
        enqueue(key)
    }

    private mutating func goInto(_ key: StepKey, _ loop: NodeKind.Loop, _ items: [Payload]) {
        var progress = LoopProgress()
        if case .forEach(let each) = loop { progress.items = each.batches(of: items) }
        loops[key] = progress
        change(key) {
            $0.state = .waiting
            $0.items = progress.items.map(Payload.array)
        }
        advance(key)
    }

    /// A step's work is done; its output may have to be worked out yet.
    mutating func complete(_ key: StepKey, _ port: Port, _ output: Payload) {
        guard let template = node(key)?.output else { return succeed(key, port, output) }
        change(key) {
            $0.state = .returned
            $0.port = port
            $0.output = output
            $0.due = nil
        }
        evaluate(key, .output, [.output: template], output)
    }

    private mutating func sleep(_ key: StepKey, _ wait: NodeKind.Wait, _ text: String) {
        let until: Int64?
        switch wait {
        case .duration: until = Duration(parsing: text).map { now + $0.milliseconds }
        case .until: until = Moments.milliseconds(text)
        }
        guard let until else {
            let expected = if case .duration = wait { "a time such as 30s" } else { "a moment such as 2026-01-31T09:00:00Z" }
            return fail(key, StepError("invalidInput", "waits for \(expected), and was given something else"))
        }
        // What has passed is due now: a time of the year 1 is one that nobody has set.
        let due = max(until, now)
        change(key) {
            $0.state = .waiting
            $0.due = due
        }
    }

    mutating func call(_ key: StepKey) -> Call? {
        guard let node = node(key), let step = steps[key] else { return nil }
        let input = step.input ?? .null
        switch node.kind {
        case .action(.tool(let plugin, let tool, _)): return .tool(plugin: plugin, tool: tool, input: input)
        case .action(.emit(let event, _)): return .emit(event: event, input: input)
        case .action(.workflow(let id)): return .workflow(id, input: input)
        case .action(.connector(let action)): return .connector(action, input: input)
        case .action(.notify(let message)): return .notify(message, message: step.request ?? .null)
        case .action(.http(let action)):
            return .http(action, request: step.request ?? .null, timeout: node.timeout ?? HTTPAction.ordinaryTimeout)
        default: return nil
        }
    }
}

extension Step {
    /// Whether an answer to a question of this stage is still waited for.
    fileprivate func accepts(_ stage: Question.Stage) -> Bool {
        switch stage {
        case .input: state == .ready
        case .work: state == .ready || state == .waiting
        case .output: state == .returned
        case .items: state == .waiting
        }
    }
}

extension NodeKind.ForEach {
    fileprivate func batches(of items: [Payload]) -> [Payload] {
        guard let batch else { return items }
        return stride(from: 0, to: items.count, by: batch).map { .array(Array(items[$0..<min($0 + batch, items.count)])) }
    }
}

extension NodeKind {
    /// What has to be worked out from the input before a node of this kind can do its work.
    fileprivate var questions: [Question.Site: Template] {
        switch self {
        case .action(.transform(let template)), .action(.set(let template)): [.result: template]
        case .action(.map(let items, let each)):
            [.result: Template(program: "[(\(items.program)\n)[] | (\(each.program)\n)]")]
        case .condition(.filter(let items, let keep)):
            [.result: Template(program: "[(\(items.program)\n)[] | select(\(keep.program)\n)]")]
        case .action(.http(let action)): [.result: action.form]
        case .action(.notify(let message)): [.result: message.form]
        case .action(.raise(let template)), .action(.wait(.duration(let template))), .action(.wait(.until(let template))):
            [.text: template]
        case .action(.approval(let approval)): [.text: approval.title]
        case .condition(.if(let template)): [.holds: template]
        case .condition(.switch(let cases)):
            Dictionary(uniqueKeysWithValues: cases.enumerated().map { (.case($0.offset), $0.element.when) })
        // Each item is a value of its own, so that none of them has to be taken apart here.
        case .loop(.forEach(let each)): [.items: Template(program: "(\(each.items.program)\n)[]")]
        default: [:]
        }
    }
}

extension Template {
    /// The one program of a template that was read as a program.
    fileprivate var program: String { programs.first ?? "." }
}
