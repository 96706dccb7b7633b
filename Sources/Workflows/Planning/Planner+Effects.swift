import Model

/// Effects: slots, attempts, what they come to, and what becomes of those that nobody heard of again.
extension Planner {
    /// How often a daemon may die with a step before it is laid aside.
    package static let crashLimit = 3

    mutating func grant(_ key: StepKey) {
        guard steps[key]?.state == .queued, !run.isPaused, !isSubworkflow(key) else { return }
        attempt(key, as: .running)
    }

    mutating func takeOutcome(_ key: StepKey, _ attempt: Int, _ outcome: PlannerEvent.Outcome) {
        guard let step = steps[key], step.attempt == attempt else { return }
        guard step.state == .running || (step.state == .waiting && isSubworkflow(key)) else { return }
        switch outcome {
        case .success(let output): complete(key, .out, output)
        case .failure(let error): retry(key, error)
        // What may be done twice is tried again, and so is what its author names; of the rest nobody knows.
        case .lost(let error):
            let mayRepeat = node(key)?.kind.idempotency != NodeKind.Idempotency.none || node(key)?.retry?.only.contains(error.code) == true
            if mayRepeat { retry(key, error) } else { lose(key, error) }
        }
    }

    /// Begins an attempt, as soon as there is a slot where it needs one.
    mutating func enqueue(_ key: StepKey) {
        guard !run.isPaused else { return }
        // Waiting for another run takes no slot.
        if isSubworkflow(key) { attempt(key, as: .waiting) } else { effects.append(.queue(key)) }
    }

    /// The next attempt; the intent of it goes to disk before it is made.
    private mutating func attempt(_ key: StepKey, as state: Step.State) {
        guard let step = steps[key], let call = call(key) else { return }
        let attempt = step.attempt + 1
        let due = node(key)?.patience.map { now + $0.milliseconds }
        change(key) {
            $0.state = state
            $0.attempt = attempt
            $0.due = due
        }
        effects.append(.invoke(key, attempt: attempt, call))
    }

    private func isSubworkflow(_ key: StepKey) -> Bool {
        if case .action(.workflow)? = node(key)?.kind { true } else { false }
    }

    /// The next attempt, or the end of the step.
    private mutating func retry(_ key: StepKey, _ error: StepError) {
        guard let step = steps[key] else { return }
        let wait = node(key)?.retry?.wait(
            after: step.attempt, code: error.code, asked: error.pause ?? 0, began: step.began, now: now, random: &random)
        guard let wait else { return fail(key, error) }
        let next = now + wait
        change(key) {
            $0.state = .retrying
            $0.error = error
            $0.due = next
        }
    }

    /// An effect of which nobody knows whether it happened.
    private mutating func lose(_ key: StepKey, _ error: StepError) {
        guard let step = steps[key] else { return }
        guard node(key)?.kind.idempotency != NodeKind.Idempotency.none else {
            return layAside(key, .unknown, StepError(StepError.unknownCode, error.message))
        }
        guard step.crashes + 1 < Self.crashLimit else { return layAside(key, .dead, StepError(StepError.crashedCode, error.message)) }
        change(key) {
            $0.crashes += 1
            $0.state = .queued
            $0.due = nil
            $0.error = error
        }
        enqueue(key)
    }

    private mutating func layAside(_ key: StepKey, _ state: Step.State, _ error: StepError) {
        change(key) {
            $0.crashes += 1
            $0.state = state
            $0.error = error
            $0.due = nil
        }
    }

    mutating func resolve(_ key: StepKey, _ resolution: PlannerEvent.Resolution) {
        guard let step = steps[key], step.state.needsPerson else { return }
        switch resolution {
        case .again:
            change(key) {
                $0.state = .queued
                $0.crashes = 0
            }
            enqueue(key)
        case .happened(let output): complete(key, .out, output)
        case .failed: fail(key, step.error ?? StepError(StepError.unknownCode, "given up by a person"))
        }
    }

    /// Everything whose time has come.
    mutating func fireDue() {
        if let due = run.due, due <= now {
            end(.outermost)
            changeRun { $0.error = StepError("deadlineExceeded", "the run did not end within its time") }
            return finish(.failed)
        }
        for key in dueSteps {
            guard let step = steps[key], let due = step.due, due <= now, !run.state.isTerminal else { continue }
            switch (step.state, node(key)?.kind) {
            case (.running, _): runOut(key)
            case (.retrying, _):
                change(key) {
                    $0.state = .queued
                    $0.due = nil
                }
                enqueue(key)
            case (.waiting, .action(.wait)): complete(key, .out, step.input ?? .null)
            case (.waiting, .action(.approval(let approval))): remind(key, approval)
            case (.waiting, .action(.workflow)):
                effects.append(.abort(key, attempt: step.attempt))
                retry(key, StepError("deadlineExceeded", "the run that it started did not end within its time"))
            default: change(key) { $0.due = nil }
            }
        }
    }

    /// An attempt that took too long. Where its effect might happen twice, it may have happened.
    private mutating func runOut(_ key: StepKey) {
        effects.append(.abort(key, attempt: steps[key]?.attempt ?? 0))
        let error = StepError("deadlineExceeded", "the attempt did not end within its time")
        if node(key)?.kind.idempotency == NodeKind.Idempotency.none {
            layAside(key, .unknown, StepError(StepError.unknownCode, error.message))
        } else {
            retry(key, error)
        }
    }

    mutating func resume() {
        guard run.isPaused else { return }
        changeRun { $0.isPaused = false }
        for key in openSteps { rouse(key, afterCrash: false) }
    }

    /// Takes up a run that was read from disk.
    mutating func recover() {
        guard !steps.isEmpty else { return start() }
        if run.due == nil, let timeout = workflow.settings.timeout {
            // A replay, which begins in the middle.
            let due = run.began + timeout.milliseconds
            changeRun { $0.due = due }
        }
        for key in openSteps where steps[key].map({ !$0.state.isTerminal }) ?? false { rouse(key, afterCrash: true) }
        // Of a run that is replayed from one of its nodes, the others that had not come to their end begin here.
        for step in keys(in: .outermost).compactMap({ steps[$0] }).sorted(by: { $0.ordinal < $1.ordinal })
        where step.state.isTerminal && !run.state.isTerminal {
            follow(step.key)
        }
    }

    private var openSteps: [StepKey] {
        steps.values.filter { !$0.state.isTerminal && !$0.key.isIteration }.map(\.key)
            .sorted { $0.description < $1.description }
    }

    private mutating func rouse(_ key: StepKey, afterCrash: Bool) {
        guard let step = steps[key], let node = node(key) else { return }
        switch step.state {
        case .ready where !run.isPaused: prepare(key)
        case .queued: enqueue(key)
        case .running where afterCrash: lose(key, StepError(StepError.crashedCode, "the daemon ended while the step ran"))
        case .returned where afterCrash:
            if let template = node.output { evaluate(key, .output, [.output: template], step.output ?? .null) }
        case .waiting:
            if node.kind.isLoop {
                if afterCrash { resumeLoop(key) } else { advance(key) }
            } else if afterCrash, let call = call(key) {
                effects.append(.invoke(key, attempt: step.attempt, call))
            }
        default: break
        }
    }
}

extension WorkflowNode {
    /// How long an attempt may take. Whoever makes a request keeps its time too, and knows better what came of it: the planner
    /// only sees to it that somebody does.
    fileprivate var patience: Duration? {
        guard case .action(.http) = kind else { return timeout }
        return (timeout ?? HTTPAction.ordinaryTimeout) + .seconds(5)
    }
}

extension NodeKind {
    var idempotency: Idempotency? {
        switch self {
        case .action(.tool(_, _, let idempotency)), .action(.emit(_, let idempotency)): idempotency
        case .action(.http(let action)): action.idempotency
        case .action(.connector(let action)): action.idempotency
        // Whoever sends it knows each step's message again.
        case .action(.notify): .keyed
        default: nil
        }
    }
}
