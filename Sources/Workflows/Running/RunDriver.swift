import Logging
import Model
import Store
import Synchronization

/// Drives one run: hands its planner what happens, stores what changed, and only then carries out what depends on it.
///
/// One event at a time. What it knows beyond the disk may be lost at any moment: a successor finds a state that it
/// understands.
actor RunDriver {
    struct Surroundings: Sendable {
        let tenant: TenantStore
        let answering: Answering
        let invoker: any StepInvoker
        let dispatcher: any Dispatcher
        let watch: RunWatch
        /// Where the work of runs is done that is not somebody else's.
        let executor: any TaskExecutor
        let logger: Logger
        let meter: (any RunMeter)?
        let crowd: Crowd
        /// Runs of the tenant in memory.
        let driven = Count()
        /// Told before and after each commit; tests end the process there.
        let step: @Sendable (String) -> Void
    }

    /// A number that several look at.
    final class Count: Sendable {
        private let value = Atomic(0)

        var now: Int { value.load(ordering: .relaxed) }

        func set(_ count: Int) { value.store(count, ordering: .relaxed) }
    }

    private struct Entry {
        let event: PlannerEvent
        let settled: CheckedContinuation<Bool, Never>?
    }

    nonisolated let id: RunID
    var planner: Planner
    let origin: RunOrigin
    private let durability: Workflow.Durability
    let surroundings: Surroundings
    /// Which keeps this driver, too, until the run leaves the memory or everything stops. What is under way then may end later.
    let owner: TenantRuns
    private var inbox: [Entry] = []
    /// Who waits for what was taken in to be stored.
    private var unsettled: [CheckedContinuation<Bool, Never>] = []
    var pending: [Effect] = []
    private var isAtWork = false
    var isGivenUp = false
    /// Takes in what comes, stores it, and begins nothing more.
    var isDraining = false
    /// Whether something was not begun for that reason, which a successor begins.
    var isUnfinished = false
    /// Questions that are put again after a pause, and how often in a row nobody answered those of a step.
    private var postponed = 0
    private var setbacks: [StepKey: Int] = [:]
    /// Effects under way.
    var calls: [StepKey: (number: Int, task: Task<Void, Never>)] = [:]
    var lastCall = 0
    /// Steps that have a slot and whose effect has not begun.
    var granted: Set<StepKey> = []
    /// What an ephemeral run has not written down.
    private var unstored: [StepKey: Step] = [:]
    private var alarm: (due: Int64, task: Task<Void, Never>)?
    private var storedPhase: RunPhase?
    /// Whether its end starts other runs.
    private var isOwing = false
    /// How often in a row a question is put in vain, for about twenty minutes in all, before its step fails.
    private static let setbackLimit = 50

    init(_ planner: Planner, _ origin: RunOrigin, _ surroundings: Surroundings, owner: TenantRuns) {
        id = planner.run.id
        self.planner = planner
        self.origin = origin
        self.surroundings = surroundings
        self.owner = owner
        durability = planner.workflow.settings.durability
        storedPhase = planner.steps.isEmpty ? nil : .live
    }

    /// Takes an event in, and returns when what it changed is as safe as the run's durability asks. False where the run is not
    /// here any more, and the event with it.
    func submit(_ event: PlannerEvent) async -> Bool {
        await withCheckedContinuation { continuation in
            guard !isGivenUp else { return continuation.resume(returning: false) }
            inbox.append(Entry(event: event, settled: continuation))
            begin()
        }
    }

    func post(_ event: PlannerEvent) {
        guard !isGivenUp else { return }
        inbox.append(Entry(event: event, settled: nil))
        begin()
    }

    /// Ends what is under way without waiting for what it comes to. Nothing more is stored.
    func giveUp() {
        isGivenUp = true
        let grants = inbox.count { if case .granted = $0.event { true } else { false } } + granted.count
        for _ in 0..<grants { leaveSlot() }
        granted = []
        for waiter in unsettled + inbox.compactMap(\.settled) { waiter.resume(returning: false) }
        unsettled = []
        inbox = []
        pending = []
        endCalls()
        alarm?.task.cancel()
        alarm = nil
    }

    /// Begins nothing more. What is under way comes to its end.
    func drain() { isDraining = true }

    /// Whether an effect is under way whose outcome would be unknown if it ended now, or what came of one is not stored.
    var isBusy: Bool { isAtWork || planner.steps.values.contains { $0.state == .running } }

    private func begin() {
        guard !isAtWork else { return }
        isAtWork = true
        Task(executorPreference: surroundings.executor) { await self.turn() }
    }

    private func turn() async {
        await work()
        isAtWork = false
        await rest()
    }

    private func work() async {
        while !isGivenUp {
            if durability == .durable, planner.hasChanges, !isOnlyBegun, await !commit() { return }
            if let index = pending.firstIndex(where: \.isQuestion), case .evaluate(let key, let question) = pending.remove(at: index) {
                await put(question, about: key)
            } else if !inbox.isEmpty {
                let entry = inbox.removeFirst()
                take(entry.event)
                if let waiter = entry.settled { unsettled.append(waiter) }
            } else if planner.hasChanges || !pending.isEmpty {
                if planner.hasChanges, await !commit() { return }
                let effects = pending
                pending = []
                for effect in effects { carryOut(effect) }
            } else {
                for waiter in unsettled { waiter.resume(returning: true) }
                unsettled = []
                return
            }
        }
    }

    /// Whether nothing has come to anything yet, and a question is next, which anybody may put again: there is nothing to lose.
    private var isOnlyBegun: Bool { storedPhase == nil && pending.contains(where: \.isQuestion) }

    /// Puts a question; again after a pause where nobody can answer it now.
    private func put(_ question: Question, about key: StepKey) async {
        guard !isDraining else { return isUnfinished = true }
        let circumstances = Answering.Circumstances(run: planner.run, variables: planner.workflow.settings.variables)
        do throws(Problem) {
            let result = try await surroundings.answering.answer(question, circumstances)
            setbacks[key] = nil
            take(.answered(key, question.stage, result))
        } catch {
            let count = setbacks[key] ?? 0
            guard error.mayPass, count < Self.setbackLimit else {
                return take(.answered(key, question.stage, .failure(StepError(error))))
            }
            if setbacks.isEmpty { surroundings.logger.warning("run \(id) of tenant \(surroundings.tenant.id) waits for an answer: \(error)") }
            let pause = Duration.milliseconds(min(30_000, 100 << min(count, 20)))
            setbacks[key] = count + 1
            postponed += 1
            Task {
                try? await Task.sleep(for: pause)
                postponed -= 1
                guard !isGivenUp else { return }
                pending.append(.evaluate(key, question))
                begin()
            }
        }
    }

    private func take(_ event: PlannerEvent) {
        if isDraining, case .granted = event {
            isUnfinished = true
            return leaveSlot()
        }
        let effects = planner.handle(event, at: Moment.now)
        pending += effects
        guard case .granted(let key) = event else { return }
        if effects.contains(where: { $0.invokes(key) }) { granted.insert(key) } else { leaveSlot() }
    }

    /// Stores what changed. False where that was impossible: the run is given up, and taken up again later from what is on disk.
    private func commit() async -> Bool {
        let (_, changed) = planner.takeChanges()
        let run = planner.run
        let phase = phase
        for step in changed { unstored[step.key] = step }
        // What waits for somebody, for a time or for another run must be seen and found again, whatever the level.
        // So must what a stop interrupts: it would happen again.
        if durability == .ephemeral, !isDraining, storedPhase == nil, phase == .live, !pending.contains(where: \.startsRun) { return true }
        if phase == .over, run.state != .cancelled {
            isOwing = await owner.isFollowed(run)
            // Another daemon, or another state of the tenant, may have taken its place.
            guard !isGivenUp else { return false }
        }
        let isOwing = isOwing
        let steps = unstored.values.sorted { $0.ordinal < $1.ordinal }
        unstored = [:]
        let wake = planner.nextDue
        let needsPerson = planner.needsPerson
        do throws(Problem) {
            surroundings.step("run")
            try await surroundings.tenant.write(patient: surroundings.makesRoom) { [id] database in
                for step in steps { try step.store(of: id, in: database) }
                try run.update(phase, wake: wake, needsPerson: needsPerson, isOwing: isOwing, in: database)
            }
            storedPhase = phase
            surroundings.step("run")
            surroundings.watch.tell(run, steps, in: surroundings.tenant.id)
            return true
        } catch {
            surroundings.logger.error("run \(id) of tenant \(surroundings.tenant.id) is laid aside: \(error)")
            giveUp()
            await owner.laidAside(id)
            return false
        }
    }

    /// `waiting` only where nothing is left to be done before somebody or some time comes: a daemon that starts takes up the
    /// others alone.
    private var phase: RunPhase {
        if planner.run.state.isTerminal { return .over }
        if isUnfinished || postponed > 0 || !pending.isEmpty || !inbox.isEmpty || !calls.isEmpty { return .live }
        let isMoving = planner.steps.values.contains { step in
            switch step.state {
            case .running, .returned: true
            case .ready, .queued: !planner.run.isPaused
            default: false
            }
        }
        return isMoving ? .live : .waiting
    }

    /// Between two events: leaves the memory, or sets its alarm.
    func rest() async {
        guard !isGivenUp, !isAtWork, inbox.isEmpty, pending.isEmpty else { return }
        let phase = phase
        if phase == .over || phase == .waiting {
            if phase != storedPhase {
                isAtWork = true
                let isStored = await commit()
                isAtWork = false
                guard !isGivenUp else { return }
                guard isStored, inbox.isEmpty else { return begin() }
            }
            isGivenUp = true
            alarm?.task.cancel()
            return await owner.left(planner.run, origin, wake: planner.nextDue, isOwing: isOwing)
        }
        setAlarm()
    }

    private func setAlarm() {
        guard let due = planner.nextDue else { return }
        if let alarm, alarm.due == due { return }
        alarm?.task.cancel()
        alarm = (due, Task { [weak self] in
            await Alarm.wait(until: due)
            if !Task.isCancelled { await self?.ring() }
        })
    }

    private func ring() {
        alarm = nil
        post(.tick)
    }
}

extension RunDriver.Surroundings {
    /// In memory, where a tenant's runs take turns with others': one that has so many can wait for them.
    private static let manyRuns = TenantRuns.driven / 4

    /// Whether the tenant has so many runs under way that others who ask for theirs should not wait for its disk.
    fileprivate var makesRoom: Bool {
        driven.now >= Self.manyRuns && crowd.hasOthers(than: tenant.id)
    }
}

extension Effect {
    fileprivate var isQuestion: Bool { if case .evaluate = self { true } else { false } }

    fileprivate var startsRun: Bool { if case .invoke(_, _, .workflow) = self { true } else { false } }

    fileprivate func invokes(_ step: StepKey) -> Bool {
        if case .invoke(let key, _, _) = self { key == step } else { false }
    }
}

extension Problem {
    /// Whether it may well be different soon, without anybody doing anything.
    var mayPass: Bool { [.retryLater, .unreachable, .shuttingDown].contains(code) }
}
