import Model

/// What a run does next: a pure function of its state, its workflow and what happened. It has no clock and no names of its
/// own; the same events at the same times give the same effects, wherever.
///
/// Whoever drives it stores `takeChanges()` before carrying out the effects that need it, and hands back what they come
/// to. Every event is taken in every state: one that comes late, twice or for nothing changes nothing.
package struct Planner: Sendable {
    package let workflow: Workflow
    /// Where the run is one of one node: it begins there, and nothing leads on.
    let lone: LoneNode?
    let graph: WorkflowGraph
    package private(set) var run: Run
    package private(set) var steps: [StepKey: Step] = [:]
    var loops: [StepKey: LoopProgress] = [:]
    var effects: [Effect] = []
    /// Steps that have ended, and behind which the run has still to go on.
    var toFollow: [StepKey] = []
    var isFollowing = false
    /// Loops of which an iteration has ended.
    var toAdvance: [StepKey] = []
    var now: Int64 = 0
    /// Steps that the run may begin: whoever draws loops in loops keeps nobody else from working.
    let stepLimit: Int
    package static let usualStepLimit = 100_000
    /// For the jitter of retries.
    var random: any RandomNumberGenerator & Sendable

    /// The steps of each level, and how many of them have not ended; records of iterations are not among them.
    private var levels: [Scope: (keys: [StepKey], open: Int)] = [:]
    /// Steps begun so far.
    private var stepCount = 0
    private var dues: [StepKey: Int64] = [:]
    private var changed: Set<StepKey> = []
    private var runHasChanged = true
    /// Levels whose steps nobody needs any more, once they are stored.
    private var over: [Scope] = []

    /// A run that is about to begin.
    package init(
        _ run: Run, of workflow: Workflow, graph: WorkflowGraph? = nil, lone: LoneNode? = nil, stepLimit: Int = Planner.usualStepLimit,
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.stepLimit = stepLimit
        self.run = run
        self.workflow = workflow
        self.lone = lone
        self.graph = graph ?? WorkflowGraph(workflow)
        self.random = random
    }

    /// A run as it was stored, with those of its steps that `takeChanges` gave and that lie in levels that are not over.
    package init(
        _ run: Run, steps: [Step], of workflow: Workflow, graph: WorkflowGraph? = nil, lone: LoneNode? = nil,
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        self.init(run, of: workflow, graph: graph, lone: lone, random: random)
        for step in steps {
            self.steps[step.key] = step
            stepCount = max(stepCount, step.ordinal + 1)
            register(step)
        }
        runHasChanged = false
    }

    /// Takes an event in, and gives what is to be done for it. `now` in milliseconds since 1970.
    package mutating func handle(_ event: PlannerEvent, at now: Int64) -> [Effect] {
        self.now = now
        effects = []
        guard !run.state.isTerminal else { return [] }
        switch event {
        case .started: start()
        case .answered(let key, let stage, let result): answer(key, stage, result)
        case .granted(let key): grant(key)
        case .returned(let key, let attempt, let outcome): takeOutcome(key, attempt, outcome)
        case .tick: fireDue()
        case .decided(let key, let decision): decide(key, decision)
        case .resolved(let key, let resolution): resolve(key, resolution)
        case .cancelled:
            end(.outermost)
            finish(.cancelled)
        case .paused: changeRun { $0.isPaused = true }
        case .resumed: resume()
        case .recovered: recover()
        }
        while !toAdvance.isEmpty { advance(toAdvance.removeFirst()) }
        defer { effects = [] }
        return effects
    }

    /// Steps that changed since the last call, and the run where it did. Of levels that are over, the planner keeps no more
    /// than what they came to.
    package mutating func takeChanges() -> (run: Run?, steps: [Step]) {
        let steps = changed.compactMap { self.steps[$0] }.sorted { $0.key.description < $1.key.description }
        let run = runHasChanged ? run : nil
        changed = []
        runHasChanged = false
        for scope in over { forget(scope) }
        over = []
        return (run, steps)
    }

    /// Whether there is anything that `takeChanges` would give.
    package var hasChanges: Bool { runHasChanged || !changed.isEmpty }

    /// When the next thing happens of itself, in milliseconds since 1970; nil where nothing does.
    package var nextDue: Int64? {
        guard let step = dues.values.min() else { return run.due }
        return min(step, run.due ?? step)
    }

    /// Whether a person must say how it goes on somewhere.
    package var needsPerson: Bool { steps.values.contains { $0.state.needsPerson } }

    /// Steps whose time has come, the earliest first.
    var dueSteps: [StepKey] {
        dues.filter { $0.value <= now }.sorted { ($0.value, $0.key.description) < ($1.value, $1.key.description) }.map(\.key)
    }

    /// Begins the run at its trigger, or at the one node that it is of.
    mutating func start() {
        let key = StepKey(lone?.node ?? run.trigger)
        guard steps[key] == nil else { return }
        guard node(key) != nil else {
            let kind = lone == nil ? "trigger" : "node"
            changeRun { $0.error = StepError("notFound", "its version has no \(kind) \(key.node)") }
            return finish(.failed)
        }
        let due = workflow.settings.timeout.map { now + $0.milliseconds }
        if let due { changeRun { $0.due = due } }
        guard lone == nil else { return begin(key) }
        let input = run.input
        add(key)
        change(key) { $0.input = input }
        complete(key, .out, input)
    }

    func node(_ key: StepKey) -> WorkflowNode? { graph.nodes[key.node] }
}

// The only way to change steps and the run.
extension Planner {
    mutating func add(_ key: StepKey) {
        guard steps[key] == nil else { return }
        guard stepCount < stepLimit else { return overrun() }
        let step = Step(key, stepCount, at: now)
        stepCount += 1
        steps[key] = step
        changed.insert(key)
        register(step)
    }

    private mutating func overrun() {
        guard !run.state.isTerminal else { return }
        end(.outermost)
        let error = StepError("quotaExceeded", "more than \(stepLimit) steps (work on fewer items in one run)")
        changeRun { $0.error = error }
        finish(.failed)
    }

    private mutating func register(_ step: Step) {
        if let due = step.due, !step.state.isTerminal { dues[step.key] = due }
        guard !step.key.isIteration else { return }
        levels[step.key.scope, default: ([], 0)].keys.append(step.key)
        if !step.state.isTerminal { levels[step.key.scope, default: ([], 0)].open += 1 }
    }

    /// Changes a step that has not ended; one that has stays as it is.
    mutating func change(_ key: StepKey, _ body: (inout Step) -> Void) {
        guard var step = steps[key], !step.state.isTerminal else { return }
        body(&step)
        if step.state.isTerminal {
            step.ended = now
            step.due = nil
            if !key.isIteration { levels[key.scope, default: ([], 1)].open -= 1 }
        }
        dues[key] = step.due
        steps[key] = step
        changed.insert(key)
    }

    mutating func changeRun(_ body: (inout Run) -> Void) {
        body(&run)
        runHasChanged = true
    }

    func keys(in scope: Scope) -> [StepKey] { levels[scope]?.keys ?? [] }

    func isSettled(_ scope: Scope) -> Bool { levels[scope]?.open ?? 0 == 0 }

    mutating func finish(_ state: Run.State) {
        let now = now
        changeRun {
            $0.state = state
            $0.ended = now
            $0.due = nil
        }
        effects.append(.finish)
    }

    /// Ends what has not ended in a level and within its loops.
    mutating func end(_ scope: Scope) {
        for key in keys(in: scope) { end(key) }
    }

    mutating func end(_ key: StepKey) {
        guard let step = steps[key], !step.state.isTerminal else { return }
        if let progress = loops[key] {
            for index in progress.running {
                end(key.scope.entering(key.node, index))
                change(key.iteration(index)) { $0.state = .cancelled }
            }
            loops[key] = nil
        } else if [.queued, .running, .waiting].contains(step.state) {
            effects.append(.abort(key, attempt: step.attempt))
        }
        change(key) { $0.state = .cancelled }
    }

    /// Marks a level whose steps are needed no more.
    mutating func leave(_ scope: Scope) { over.append(scope) }

    private mutating func forget(_ scope: Scope) {
        for key in keys(in: scope) {
            // Iterations of a loop within it, which are over too.
            var index = 0
            while steps.removeValue(forKey: key.iteration(index)) != nil { index += 1 }
            steps[key] = nil
        }
        levels[scope] = nil
    }
}
