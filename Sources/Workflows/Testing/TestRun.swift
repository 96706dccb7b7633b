import Model

/// Drives a run in which no effect is made: what its steps reach out for comes to what a test says, and time passes only
/// where nothing else is to be done. Nothing of it is stored.
struct TestRun {
    /// What is about to happen to the run.
    private struct Coming {
        let due: Int64
        let ordinal: Int
        let event: PlannerEvent
    }

    /// How a test run came out.
    struct Record: Sendable {
        let run: Run
        let ending: WorkflowTest.Ending
        /// In the order in which they began.
        let steps: [Step]
    }

    /// Steps of one test run.
    static let stepLimit = 5000

    private let test: WorkflowTest
    private let answering: Answering
    private let variables: JSONValue
    private var planner: Planner
    private var clock: Int64
    private var effects: ArraySlice<Effect> = []
    private var coming: [Coming] = []
    private var ordinal = 0
    private var steps: [StepKey: Step] = [:]
    /// Bytes of their inputs and outputs, and how many there may be.
    private(set) var size = 0
    private let sizeLimit: Int
    /// Whether the node where it stops has come to its end.
    private var isThere = false
    /// How many mocks of a node were used.
    private var used: [NodeID: Int] = [:]

    /// Throws `invalidInput` where the workflow cannot begin as the test wants it to.
    init(_ test: WorkflowTest, of workflow: Workflow, version: Int, _ answering: Answering, sizeLimit: Int) throws(Problem) {
        guard let trigger = test.trigger ?? workflow.triggers.first ?? workflow.nodes.first(where: \.kind.isTrigger)?.id else {
            throw Problem(.invalidInput, "the workflow has no trigger")
        }
        self.test = test
        self.sizeLimit = sizeLimit
        self.answering = answering
        variables = workflow.settings.variables
        clock = test.began
        let run = Run(
            id: Self.identifier, workflow: workflow.id, version: version, trigger: trigger, input: .inline(test.input.compactText),
            began: test.began)
        if test.extent == .whole || test.extent.isUntil { try workflow.check(.inline(test.input.compactText), of: trigger) }
        planner = Planner(run, of: workflow.reduced(to: test.extent, from: trigger, pins: test.pins), stepLimit: Self.stepLimit, random: Repeated())
    }

    /// The same in every test.
    private static let identifier = RunID(rawValue: "00000000-0000-0000-0000-000000000000") ?? .random()

    /// Throws where nobody can evaluate, where it has more steps than `stepLimit`, and at `deadline`.
    mutating func run(until deadline: ContinuousClock.Instant) async throws(Problem) -> Record {
        take(.started)
        while !planner.run.state.isTerminal, !isThere {
            guard !Task.isCancelled, .now < deadline else {
                throw Problem(.deadlineExceeded, "test \(test.name.debugDescription) took too long", hint: "does a loop of it come to an end?")
            }
            guard steps.count <= Self.stepLimit, size <= sizeLimit else {
                throw Problem(
                    .quotaExceeded,
                    "test \(test.name.debugDescription) has more than \(Self.stepLimit) steps, or it and those before it more than \(ByteSize(bytes: Int64(WorkflowTester.sizeLimit))) of values",
                    hint: "give it fewer or smaller items")
            }
            if let effect = effects.popFirst() { try await carryOut(effect) } else if !moveOn() { break }
        }
        return Record(run: planner.run, ending: ending, steps: steps.values.sorted { $0.ordinal < $1.ordinal })
    }

    private var ending: WorkflowTest.Ending {
        switch planner.run.state {
        case .succeeded: .succeeded
        case .failed, .cancelled: .failed
        case .running: isThere ? .stopped : .waiting
        }
    }

    private mutating func take(_ event: PlannerEvent) {
        effects += planner.handle(event, at: clock)
        for step in planner.takeChanges().steps where !step.key.isIteration {
            size += [step.input, step.request, step.output].reduce(0) { $0 + ($1?.size ?? 0) }
            steps[step.key] = step
            if step.key.node == test.extent.node, step.state.isTerminal { isThere = true }
        }
    }

    /// Lets time pass until something happens. False where nothing will.
    private mutating func moveOn() -> Bool {
        let next = coming.enumerated().min { ($0.element.due, $0.element.ordinal) < ($1.element.due, $1.element.ordinal) }
        if let next, next.element.due <= planner.nextDue ?? .max {
            clock = max(clock, next.element.due)
            take(coming.remove(at: next.offset).event)
            return true
        }
        guard let due = planner.nextDue else { return false }
        clock = max(clock, due)
        take(.tick)
        return true
    }

    private mutating func carryOut(_ effect: Effect) async throws(Problem) {
        switch effect {
        case .evaluate(let key, let question): take(.answered(key, question.stage, try await answer(question)))
        case .queue(let key): take(.granted(key))
        case .invoke(let key, _, .approval): ask(key)
        case .invoke(let key, let attempt, let call): try await invoke(key, attempt, call)
        case .abort, .remind, .finish: break
        }
    }

    private func answer(_ question: Question) async throws(Problem) -> Result<Answers, StepError> {
        var question = question
        for (node, value) in test.pins where question.nodes[node] == nil { question.nodes[node] = .inline(value.compactText) }
        if case .only = test.extent, question.item == nil {
            question.item = .inline(test.input.compactText)
            question.index = 0
        }
        return try await answering.answer(question, Answering.Circumstances(run: planner.run, variables: variables))
    }

    private mutating func ask(_ key: StepKey) {
        guard case .decisions(let decisions)? = test.mocks[key.node] else { return }
        for decision in decisions {
            let due = clock + decision.after.milliseconds
            expect(
                .decided(
                    key,
                    Step.Decision(
                        person: decision.person, isApproved: decision.isApproved, at: due,
                        form: decision.form.map { .inline($0.compactText) })), at: due)
        }
    }

    private mutating func invoke(_ key: StepKey, _ attempt: Int, _ call: Call) async throws(Problem) {
        guard let mock = mock(of: key.node) else { return take(.returned(key, attempt: attempt, call.unmocked)) }
        let outcome: PlannerEvent.Outcome
        switch mock.kind {
        case .error(let error): outcome = .failure(error)
        case .lost: outcome = .lost(StepError("lost", "nobody heard what became of it"))
        case .output(let template):
            let input = steps[key]?.input ?? .null
            let question = planner.question(about: key, .work, [.result: template], input)
            switch try await answer(question) {
            case .success(let answers): outcome = .success(answers.payloads[.result] ?? .null)
            case .failure(let error): outcome = .failure(StepError(error.code, "the mock of \(key.node): \(error.message)"))
            }
        }
        let event = PlannerEvent.returned(key, attempt: attempt, outcome)
        if mock.after > .zero { expect(event, at: clock + mock.after.milliseconds) } else { take(event) }
    }

    private mutating func mock(of node: NodeID) -> WorkflowTest.Outcome? {
        guard case .outcomes(let outcomes)? = test.mocks[node], let last = outcomes.indices.last else { return nil }
        let index = min(used[node] ?? 0, last)
        used[node] = index + 1
        return outcomes[index]
    }

    private mutating func expect(_ event: PlannerEvent, at due: Int64) {
        ordinal += 1
        coming.append(Coming(due: due, ordinal: ordinal, event: event))
    }
}

/// Chance that is the same in every test: SplitMix64 (Steele, Lea and Flood, 2014) from one seed. It does vary, as whoever draws
/// from a range goes on until a number suits.
private struct Repeated: RandomNumberGenerator, Sendable {
    private var state: UInt64 = 0

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension Call {
    /// What it comes to where a test says nothing of it: telling others is taken as done.
    fileprivate var unmocked: PlannerEvent.Outcome {
        switch self {
        case .emit: .success(.inline(#"{"handlers":0}"#))
        case .notify(let action, _): .success(.inline(JSONValue.object(["to": .array(action.recipients.map(JSONValue.string))]).compactText))
        case .tool, .http, .connector, .workflow, .approval:
            .failure(StepError("notMocked", "a test makes no effects, and has no mock of this node (mocks: {NODE: {output: …}})"))
        }
    }
}

extension WorkflowTest.Extent {
    /// Where the run stops.
    var node: NodeID? {
        switch self {
        case .whole: nil
        case .until(let node), .only(let node): node
        }
    }

    fileprivate var isUntil: Bool { if case .until = self { true } else { false } }
}
