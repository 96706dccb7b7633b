import Logging
package import Model
import Store

/// The runs of one tenant: accepts them, keeps some in memory, and takes up those whose time has come.
actor TenantRuns {
    /// Runs in memory. Others that were accepted wait on disk.
    static let driven = 200
    /// Ends of runs that are settled at once.
    static let owing = 32
    /// Accepted runs that have not begun.
    static let queueLimit = 200_000
    let store: TenantStore
    let source: any WorkflowSource
    let surroundings: RunDriver.Surroundings
    private let followers: Followers
    let logger: Logger
    private(set) var drivers: [RunID: RunDriver] = [:] {
        didSet { surroundings.driven.set(drivers.count) }
    }
    /// Being read from disk, or closed there.
    private(set) var loading: Set<RunID> = []
    /// Those that could not be read a moment ago.
    private var resting: Set<RunID> = []
    /// Those of which what their ends start is being started.
    private var settling: Set<RunID> = []
    /// Those of which that did not work a moment ago.
    private var unsettled: Set<RunID> = []
    /// Who waits for a run to end.
    var waiters: [RunID: [UInt64: Waiter]] = [:]
    var lastWaiter: UInt64 = 0
    private var alarm: (due: Int64, task: Task<Void, Never>)?
    private var isPumping = false
    /// Looks at the clock under way.
    private var ringing = 0
    private var pumpsAgain = false
    private(set) var isStopped = false

    /// So many can surely be accepted before those that wait have to be counted again: there may be very many.
    var room = 0

    /// Whether runs may wait on disk whose turn is before that of one that is accepted now.
    var hasBacklog = true

    /// Somebody who waits for a run to end, until then.
    struct Waiter {
        let continuation: CheckedContinuation<Run?, Never>
        let deadline: ContinuousClock.Instant
    }

    /// Sends those away who have waited long enough: one timer for all of them, for most do not wait for long.
    var patience: (due: ContinuousClock.Instant, task: Task<Void, Never>)?

    /// What became of a wish for a run.
    struct Acceptance: Sendable {
        let run: RunID
        /// Whether it was there already, by its deduplication key.
        let isKnown: Bool
    }

    /// What runs start by ending.
    struct Followers: Sendable {
        /// Whether there is anything to start.
        var wait: @Sendable (Run) async -> Bool
        /// Starts it, once however often it is asked; `depth` runs had started each other before this one. False where that has
        /// to be tried again.
        var start: @Sendable (Run, _ depth: Int) async -> Bool
    }

    init(_ surroundings: RunDriver.Surroundings, source: any WorkflowSource, followers: Followers) {
        self.followers = followers
        self.surroundings = surroundings
        self.source = source
        store = surroundings.tenant
        logger = surroundings.logger
    }

    var drivenRuns: Int { drivers.count + loading.count }

    /// Begins a run that is on disk since just now, where there is room and nobody's turn is before its own. False where it has
    /// to be taken up from there.
    func begin(_ run: Run, _ origin: RunOrigin, _ version: VersionInForce) -> Bool {
        guard !hasBacklog, !isStopped, drivers.count + loading.count < Self.driven, drivers[run.id] == nil, !loading.contains(run.id)
        else {
            hasBacklog = true
            return false
        }
        let driver = RunDriver(Planner(run, steps: [], of: version.workflow, graph: version.graph, lone: origin.lone), origin, surroundings, owner: self)
        drivers[run.id] = driver
        announce(.started, run, origin.depth)
        Task(executorPreference: surroundings.executor) { await driver.submit(.recovered) }
        return true
    }

    /// Begins queued runs while there is room, in a task of its own: whoever asks may be cancelled.
    func pump() {
        guard !isPumping else {
            pumpsAgain = true
            return
        }
        isPumping = true
        Task(executorPreference: surroundings.executor) { await self.fill() }
    }

    private func fill() async {
        repeat {
            pumpsAgain = false
            let room = Self.driven - drivers.count - loading.count
            guard room > 0, !isStopped else { break }
            let driven = Set(drivers.keys).union(loading).union(resting)
            do throws(Problem) {
                let most = min(room, 32)
                let found = try await store.read { try RunQueries.queued(most, except: driven, in: $0) }
                for id in found { takeUp(id) }
                if found.count == most { pumpsAgain = true } else if !pumpsAgain { hasBacklog = false }
            } catch {
                logger.error("runs of tenant \(store.id) cannot be read: \(error)")
                setAlarm(Moment.now + 10_000)
            }
        } while pumpsAgain
        isPumping = false
    }

    /// Hands an event to a run, which is read from disk where it is not in memory, and returns when what it changed is stored.
    /// False where the run cannot be read, or has ended.
    @discardableResult
    func deliver(_ event: PlannerEvent, to id: RunID) async -> Bool {
        // It may leave the memory, or be on its way into it, at that moment.
        for _ in 0..<500 where !isStopped {
            if let driver = drivers[id] {
                if await driver.submit(event) { return true }
            } else if loading.insert(id).inserted {
                // In a task of its own: whoever asks may be cancelled, and a run is not unreadable for that.
                guard await Task(operation: { await load(id) }).value else { return false }
                continue
            }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    /// Takes up a run from what is on disk.
    private func takeUp(_ id: RunID) {
        guard drivers[id] == nil, loading.insert(id).inserted else { return }
        Task(executorPreference: surroundings.executor) { _ = await self.load(id) }
    }

    /// Gives a run that `loading` has a driver. False where it has ended, is not there, or cannot go on: then it is tried again
    /// later, or closed where that would be in vain.
    private func load(_ id: RunID) async -> Bool {
        do throws(Problem) {
            let (run, steps, origin) = try await store.read { database in
                let run = try RunQueries.run(id, in: database)
                var origin = try RunQueries.origin(id, in: database)
                if let run { origin.lone = try LoneNode.find(of: run, in: database) }
                return (run, try RunQueries.openSteps(of: id, in: database), origin)
            }
            guard let run, !run.state.isTerminal, !run.isHeld, !isStopped else {
                if run?.state.isTerminal == true { try await store.write { try RunQueries.putAway(id, in: $0) } }
                loading.remove(id)
                return false
            }
            let workflow: Workflow
            do throws(Problem) {
                let kept = try origin.lone?.kept
                let whole = if let kept { kept } else { try await source.version(run.version, of: run.workflow, of: store.id) }
                workflow = origin.lone.map { whole.alone($0.node) } ?? whole
            } catch {
                guard error.code == .notFound else { throw error }
                try await close(run, .failed, StepError("notFound", "version \(run.version) of workflow \(run.workflow) is not there any more"))
                return false
            }
            // Whoever stops everything would not see one that comes now.
            guard !isStopped else {
                loading.remove(id)
                return false
            }
            let driver = RunDriver(Planner(run, steps: steps, of: workflow, lone: origin.lone), origin, surroundings, owner: self)
            loading.remove(id)
            drivers[id] = driver
            if steps.isEmpty { announce(.started, run, origin.depth) }
            // Whether or not it waits for somebody: it has to see first what an earlier daemon left of it.
            return await driver.submit(.recovered)
        } catch {
            loading.remove(id)
            logger.error("run \(id) of tenant \(store.id) cannot go on: \(error)")
            rest(id)
            return false
        }
    }

    /// Leaves a run alone for a while that cannot be read, where people see it.
    private func rest(_ id: RunID) {
        guard resting.insert(id).inserted else { return }
        Task {
            _ = try? await store.write { try RunQueries.showTrouble(id, in: $0) }
            try? await Task.sleep(for: .seconds(30))
            resting.remove(id)
            guard !isStopped else { return }
            // It may wait, and be due, or have missed what it waited for.
            takeUp(id)
            pump()
        }
    }

    /// Ends a run that has no driver and gets none: `loading` has it.
    private func close(_ run: Run, _ state: Run.State, _ error: StepError?) async throws(Problem) {
        let now = Moment.now
        let isOwing = state == .failed && run.node == nil
        let (ended, origin) = try await store.write { database in
            (try run.close(state, error, at: now, isOwing: isOwing, in: database), try RunQueries.origin(run.id, in: database))
        }
        loading.remove(run.id)
        surroundings.watch.tell(ended, [], in: store.id)
        await left(ended, origin, wake: nil, isOwing: isOwing)
        await cancelOrphans()
    }

    /// Does to a run that has not begun what must not begin it first. False where it has begun, or is not there; throws `conflict`
    /// where it has to begin before.
    func changeUnbegun(_ id: RunID, _ event: PlannerEvent) async throws(Problem) -> Bool {
        guard drivers[id] == nil, !loading.contains(id), let phase = try await store.read({ try RunQueries.phase(of: id, in: $0) }),
            phase == .queued || phase == .held
        else { return false }
        switch event {
        case .cancelled: return try await closeUnread(id)
        case .paused, .resumed:
            guard drivers[id] == nil, loading.insert(id).inserted else { return false }
            do throws(Problem) {
                let isDone = try await store.write { try RunQueries.setPaused(event == .paused, id, in: $0) }
                loading.remove(id)
                if let run = try? await run(id) { surroundings.watch.tell(run, [], in: store.id) }
                pump()
                return isDone
            } catch {
                loading.remove(id)
                throw error
            }
        default:
            guard phase == .held else { return false }
            throw Problem(.conflict, "run \(id) has not begun: it is held until its turn comes")
        }
    }

    /// Ends a run by a person's will that cannot be driven. False where it is being driven.
    func closeUnread(_ id: RunID) async throws(Problem) -> Bool {
        guard drivers[id] == nil, loading.insert(id).inserted else { return false }
        do throws(Problem) {
            guard let run = try await run(id), !run.state.isTerminal else {
                loading.remove(id)
                return true
            }
            try await close(run, .cancelled, nil)
            return true
        } catch {
            loading.remove(id)
            throw error
        }
    }

    /// A run left the memory: it has ended, or waits.
    func left(_ run: Run, _ origin: RunOrigin, wake: Int64?, isOwing: Bool) async {
        drivers[run.id] = nil
        if run.state.isTerminal {
            for (_, waiter) in waiters.removeValue(forKey: run.id) ?? [:] { waiter.continuation.resume(returning: run) }
            if run.state != .cancelled { announce(run.state == .succeeded ? .finished : .failed, run, origin.depth) }
            if let parent = origin.parent { Task(executorPreference: surroundings.executor) { await self.tell(parent, of: run) } }
            if isOwing { settle(run, origin.depth) }
        } else if let wake {
            setAlarm(wake)
        }
        // Nobody else has a turn now, unless some wait for a place of any kind.
        if hasBacklog || origin.concurrency != nil { pump() }
    }

    /// Whether the end of a run starts others.
    func isFollowed(_ run: Run) async -> Bool { await followers.wait(run) }

    /// Starts what the end of a run starts, and notes that it is done.
    private func settle(_ run: Run, _ depth: Int) {
        guard settling.insert(run.id).inserted else { return }
        Task {
            var isSettled = await followers.start(run, depth)
            surroundings.step("run")
            if isSettled { isSettled = (try? await store.write { try RunQueries.settle(run.id, in: $0) }) != nil }
            settling.remove(run.id)
            guard !isSettled, !isStopped, unsettled.insert(run.id).inserted else { return }
            try? await Task.sleep(for: .seconds(30))
            unsettled.remove(run.id)
            if !isStopped { await ring() }
        }
    }

    /// Its last change could not be stored. It is taken up again from what is on disk, later: the disk may have room then.
    func laidAside(_ id: RunID) {
        drivers[id] = nil
        Task {
            try? await Task.sleep(for: .seconds(30))
            if !isStopped { takeUp(id) }
        }
    }

    /// Not one of one node: who is told of runs would take it for the workflow's.
    private func announce(_ kind: RunEvent.Kind, _ run: Run, _ depth: Int) {
        guard run.node == nil else { return }
        let event = RunEvent(kind: kind, run: run.id, workflow: run.workflow, version: run.version, error: run.error)
        let (invoker, tenant) = (surroundings.invoker, store.id)
        // What it starts is started by this run.
        Task { await RunChain.$depth.withValue(depth) { await invoker.announce(event, for: tenant) } }
    }

    // Time.

    private func setAlarm(_ due: Int64) {
        if let alarm, alarm.due <= due { return }
        alarm?.task.cancel()
        alarm = (due, Task { [weak self] in
            await Alarm.wait(until: due)
            if Task.isCancelled { return }
            await self?.goOff()
        })
    }

    private func goOff() async {
        alarm = nil
        await ring()
    }

    /// Takes up the waiting runs that are due, and sleeps until the next is.
    func ring() async {
        guard !isStopped else { return }
        ringing += 1
        defer { ringing -= 1 }
        do throws(Problem) {
            let now = Moment.now
            let room = max(1, Self.driven - drivers.count - loading.count)
            let (inHand, started) = (Set(drivers.keys).union(loading).union(resting), settling.union(unsettled))
            let (due, next, owing, isThrottled, isQuiet) = try await store.read { database in
                (
                    try RunQueries.due(at: now, room, except: inHand, in: database), try RunQueries.nextWake(after: now, in: database),
                    try RunQueries.owing(Self.owing, except: started, in: database),
                    try RunQueries.hasThrottled(dueAt: now, in: database), try RunQueries.hasDebounced(dueAt: now, in: database)
                )
            }
            guard !isStopped else { return }
            if isThrottled { _ = try await store.write { try RunQueries.releaseThrottled(at: now, in: $0) } }
            if isQuiet {
                let begun = try await store.write { try RunQueries.releaseDebounced(at: now, in: $0) }
                if let meter = surroundings.meter {
                    try await meter.openRuns(of: store.id)
                    meter.add(runs: begun, for: store.id)
                }
                surroundings.step("run")
                hasBacklog = true
                // Their throttle may hold some of them, and more may be due.
                setAlarm(now + 20)
            }
            for (run, depth) in owing { settle(run, depth) }
            pump()
            for id in due { Task(executorPreference: surroundings.executor) { await self.deliver(.tick, to: id) } }
            if let next { setAlarm(max(next, now + 5)) }
            if due.count == room || owing.count == Self.owing { setAlarm(now + 100) }
        } catch {
            logger.error("timers of tenant \(store.id) cannot be read: \(error)")
            setAlarm(Moment.now + 10_000)
        }
    }

    /// Takes up what an earlier daemon left.
    func start() async {
        do throws(Problem) {
            try await store.write { try RunQueries.rouseParents(in: $0) }
        } catch {
            logger.error("runs of tenant \(store.id) that wait for others are not taken up: \(error)")
        }
        await cancelOrphans()
        await ring()
        pump()
    }

    /// Lets what is under way end for at most `limit`, and leaves the rest to a successor.
    func stop(within limit: Duration) async {
        isStopped = true
        alarm?.task.cancel()
        for driver in drivers.values { await driver.drain() }
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            var isBusy = false
            for driver in drivers.values where await driver.isBusy { isBusy = true }
            if !isBusy { break }
            try? await Task.sleep(for: .milliseconds(20))
        }
        for driver in drivers.values { await driver.giveUp() }
        // Whom it lets begin now nobody would take up, neither it nor a successor that has looked already.
        for _ in 0..<1000 where ringing > 0 { try? await Task.sleep(for: .milliseconds(5)) }
        drivers = [:]
        for waiter in waiters.values.flatMap(\.values) { waiter.continuation.resume(returning: nil) }
        waiters = [:]
        patience?.task.cancel()
    }
}

extension Workflow {
    /// The trigger by which people, host applications and other workflows start it.
    package var entry: NodeID? {
        triggers.first { id in
            if case .trigger(.manual)? = nodes.first(where: { $0.id == id })?.kind { true } else { false }
        }
    }
}
