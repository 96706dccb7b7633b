import Model
import Workflows

/// A whole engine with nothing real in it: a disk that keeps what was committed, a clock that jumps, messages that come
/// late, twice or never, effects that are counted, and a daemon that is killed wherever it stands.
struct Simulation {
    private var random: SeededRandom
    private let workflow: Workflow
    private let seed: UInt64
    private var now: Int64 = 1_790_000_000_000

    private var planner: Planner
    private var diskRun: Run
    private var diskSteps: [StepKey: Step] = [:]
    private var pending: [Effect] = []
    private var messages: [(at: Int64, event: PlannerEvent)] = []
    private var faultsLeft = 30

    /// How often the world saw the effect of a step; one that is keyed, once for each key.
    private(set) var happened: [StepKey: Int] = [:]
    private var allowed: [StepKey: Int] = [:]
    private(set) var history: [(event: PlannerEvent, at: Int64)] = []
    private(set) var broken: [String] = []
    private(set) var wasKilled = false

    init(seed: UInt64) throws {
        self.seed = seed
        random = SeededRandom(seed)
        do throws(WorkflowFindings) {
            workflow = try Workflow(reading: RandomWorkflow.definition(&random))
        } catch {
            throw error
        }
        let trigger = workflow.triggers[0]
        diskRun = Run(
            id: RunID(unchecked: "run-1"), workflow: workflow.id, version: 1, trigger: trigger, input: .inline("{\"n\":1}"), began: now)
        planner = Planner(diskRun, of: workflow, random: SeededRandom(seed))
    }

    var state: Run.State { diskRun.state }
    var run: Run { diskRun }
    var steps: [Step] { diskSteps.values.sorted { $0.key.description < $1.key.description } }
    var source: JSONValue { workflow.source }

    /// What another planner makes of the same events.
    var replayed: Run {
        let first = Run(id: run.id, workflow: run.workflow, version: run.version, trigger: run.trigger, input: run.input, began: run.began)
        var planner = Planner(first, of: workflow, random: SeededRandom(seed))
        for (event, time) in history { _ = planner.handle(event, at: time) }
        return planner.run
    }

    /// Goes on until the run has ended, and says so where it does not.
    mutating func finish() {
        deliver(.started)
        for _ in 0..<20_000 {
            if diskRun.state.isTerminal { return }
            step()
            if !broken.isEmpty { return }
        }
        broken.append("accepted, and neither ended nor waiting for anybody after 20,000 steps: \(steps.filter { !$0.state.isTerminal })")
    }

    private mutating func step() {
        if faultsLeft > 0, random.chance(4) {
            faultsLeft -= 1
            if random.chance(60) { return kill() }
            if random.chance(30) { return interfere() }
        }
        if !pending.isEmpty { return carryOut() }
        messages.sort { $0.at < $1.at }
        if let first = messages.first {
            messages.removeFirst()
            now = max(now, first.at)
            if faultsLeft > 0, random.chance(5) {
                faultsLeft -= 1
                messages.append((now + 500, first.event))
            }
            return deliver(first.event)
        }
        if let due = planner.nextDue {
            now = max(now, due) + Int64.random(in: 0...3, using: &random)
            return deliver(.tick)
        }
        helpOut()
    }

    /// Nothing goes on of itself: people decide, or the run is stuck.
    private mutating func helpOut() {
        if planner.run.isPaused { return deliver(.resumed) }
        for step in planner.steps.values.sorted(by: { $0.key.description < $1.key.description }) {
            if step.state.needsPerson {
                let resolution = random.pick([PlannerEvent.Resolution.again, .happened(.inline("1")), .failed])
                if resolution == .again { allowed[step.key, default: 1] += 1 }
                return deliver(.resolved(step.key, resolution))
            }
            if step.state == .waiting, isApproval(step.key) {
                let person = "p\(step.decisions.count)"
                return deliver(.decided(step.key, Step.Decision(person: person, isApproved: random.chance(70), at: now)))
            }
        }
        broken.append("stuck: nothing is due, and nobody is asked: \(planner.steps.values.filter { !$0.state.isTerminal })")
    }

    private func isApproval(_ key: StepKey) -> Bool {
        if case .action(.approval) = workflow.nodes.first(where: { $0.id == key.node })?.kind { true } else { false }
    }

    private mutating func deliver(_ event: PlannerEvent) {
        history.append((event, now))
        let before = planner.steps
        let effects = planner.handle(event, at: now)
        if case .returned(let key, let attempt, _) = event, let step = before[key], step.attempt != attempt,
            !effects.isEmpty || planner.steps[key] != step
        {
            broken.append("\(key) heard of attempt \(attempt) in attempt \(step.attempt), and took it for its own")
        }
        pending += effects
        // Where nothing more is to be computed at once, what there is goes to disk.
        if workflow.settings.durability == .durable || pending.allSatisfy({ !$0.isPure }) { commit() }
    }

    private mutating func carryOut() {
        let effect = pending.removeFirst()
        switch effect {
        case .evaluate(let key, let question):
            deliver(.answered(key, question.stage, SimulatedEvaluator.answer(question, &random)))
        case .queue(let key): messages.append((now + Int64.random(in: 0...50, using: &random), .granted(key)))
        case .invoke(let key, let attempt, let call):
            commit()
            invoke(key, attempt, call)
        case .remind(let key, _):
            guard random.chance(30) else { return }
            let decision = Step.Decision(person: "p\(Int.random(in: 0..<3, using: &random))", isApproved: random.chance(70), at: now)
            messages.append((now + 10, .decided(key, decision)))
        case .abort: break
        case .finish: commit()
        }
    }

    private mutating func invoke(_ key: StepKey, _ attempt: Int, _ call: Call) {
        switch call {
        case .approval: return
        case .http(_, let request, _), .notify(_, let request):
            if request == .null { broken.append("\(key) is sent without what was worked out for it") }
        default: break
        }
        let idempotency = workflow.nodes.first { $0.id == key.node }?.kind.declaredIdempotency
        let outcome: PlannerEvent.Outcome
        let late = random.chance(10) ? 60_000 : Int64.random(in: 1...400, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<70:
            note(key, idempotency)
            outcome = .success(.inline("{\"done\":\(attempt)}"))
        case 70..<90: outcome = .failure(StepError("unreachable", "a simulated failure"))
        case 90..<95:
            note(key, idempotency)
            outcome = .lost(StepError("pluginFailed", "ended after its effect"))
        default: outcome = .lost(StepError("pluginFailed", "ended before its effect"))
        }
        messages.append((now + late, .returned(key, attempt: attempt, outcome)))
        if random.chance(10) { messages.append((now + late + 900, .returned(key, attempt: attempt, outcome))) }
    }

    private mutating func note(_ key: StepKey, _ idempotency: NodeKind.Idempotency?) {
        switch idempotency {
        case NodeKind.Idempotency.none?:
            happened[key, default: 0] += 1
            if happened[key, default: 0] > allowed[key, default: 1] {
                broken.append("\(key) happened \(happened[key, default: 0]) times, and nobody asked for it")
            }
        case .keyed?, .idempotent?, nil: happened[key] = 1
        }
    }

    private mutating func interfere() {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: deliver(.paused)
        case 1: deliver(.resumed)
        case 2: now += 3_600_000
        case 3: now -= 5_000
        default: deliver(random.chance(20) ? .cancelled : .tick)
        }
    }

    /// The daemon is killed and started again: of what it knew, only the disk is left.
    private mutating func kill() {
        wasKilled = true
        pending = []
        messages = []
        now += Int64.random(in: 0...100_000, using: &random)
        let isEphemeral = workflow.settings.durability == .ephemeral
        let steps = isEphemeral ? [] : diskSteps.values.sorted { $0.key.description < $1.key.description }
        if isEphemeral {
            // It begins again, so that everything may happen again too.
            for key in happened.keys { allowed[key, default: 1] += 1 }
        }
        planner = Planner(diskRun, steps: steps, of: workflow, random: SeededRandom(random.next()))
        deliver(.recovered)
    }

    private mutating func commit() {
        let (run, steps) = planner.takeChanges()
        if workflow.settings.durability == .ephemeral, run?.state.isTerminal != true { return }
        for step in steps {
            if let stored = diskSteps[step.key], stored.state.isTerminal, workflow.settings.durability != .ephemeral {
                if stored.output?.text != step.output?.text || stored.state != step.state || stored.port != step.port {
                    broken.append("\(step.key) had ended on disk, and changed")
                }
            }
            diskSteps[step.key] = step.stored
        }
        if let run {
            if diskRun.state.isTerminal { broken.append("the run had ended, and changed") }
            diskRun = run
        }
        if diskRun.state.isTerminal, workflow.settings.durability != .ephemeral {
            for step in diskSteps.values where !step.state.isTerminal { broken.append("the run ended, and \(step.key) did not") }
        }
    }
}

extension Effect {
    fileprivate var isPure: Bool { if case .evaluate = self { true } else { false } }
}

extension NodeKind {
    fileprivate var declaredIdempotency: Idempotency? {
        switch self {
        case .action(.tool(_, _, let idempotency)), .action(.emit(_, let idempotency)): idempotency
        case .action(.http(let action)): action.idempotency
        case .action(.connector(let action)): action.idempotency
        case .action(.notify): .keyed
        default: nil
        }
    }
}

extension Step {
    /// As it comes back from disk.
    fileprivate var stored: Step {
        var step = self
        step.input = input?.stored
        step.output = output?.stored
        step.items = items?.stored
        step.request = request?.stored
        return step
    }
}
