package import Logging
package import Model
package import Store

/// A published version, with its nodes in their order.
struct VersionInForce: Sendable {
    let version: Int
    let workflow: Workflow
    let graph: WorkflowGraph

    init(_ version: Int, _ workflow: Workflow) {
        self.version = version
        self.workflow = workflow
        graph = WorkflowGraph(workflow)
    }
}

/// Runs workflows of all tenants: what was accepted comes to its end, or to the notice of a person, whatever is killed on
/// the way.
package actor WorkflowEngine {
    let store: Store
    let source: any WorkflowSource
    let evaluator: any ExpressionEvaluator
    private let invoker: any StepInvoker
    let logger: Logger
    /// Whether a tenant's runs may begin without anybody who asks for them.
    let startsByItself: @Sendable (TenantID) -> Bool
    let dispatcher: any Dispatcher
    private let executor: @Sendable (TenantID) -> any TaskExecutor
    nonisolated let watch = RunWatch()
    private let crowd = Crowd()
    private let retention: RunRetention
    private let meter: (any RunMeter)?
    private let step: @Sendable (String) -> Void
    private var sweeper: Task<Void, Never>?
    private var tenants: [TenantID: TenantRuns] = [:]
    private(set) var isStopped = false
    /// Tenants whose folders are being put in place of others, or removed.
    private var away: [TenantID: Int] = [:]
    var triggerLists: [TenantID: TriggerList] = [:] {
        didSet { triggerReads += 1 }
    }
    var triggerReads = 0
    /// Versions in force that runs were begun of, until something about their tenant's workflows changes.
    private var inForce: [TenantID: [WorkflowID: VersionInForce]] = [:]
    private static let mostInForce = 256
    var schedules = ScheduleClock()
    /// Triggers that ask at this moment.
    var polling: Set<PollPlace> = []

    package init(
        _ store: Store, source: any WorkflowSource, evaluator: any ExpressionEvaluator, invoker: any StepInvoker,
        dispatcher: (any Dispatcher)? = nil, actionsPerSecond: Int? = nil,
        executor: @escaping @Sendable (TenantID) -> any TaskExecutor = { _ in globalConcurrentExecutor },
        retention: RunRetention = RunRetention(), meter: (any RunMeter)? = nil, logger: Logger,
        startsByItself: @escaping @Sendable (TenantID) -> Bool = { _ in true },
        step: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.step = step
        self.meter = meter
        self.store = store
        self.executor = executor
        self.retention = retention
        self.source = source
        self.evaluator = evaluator
        self.invoker = invoker
        self.logger = logger
        self.startsByItself = startsByItself
        self.dispatcher = dispatcher ?? LocalDispatcher(invoker: invoker, actionsPerSecond: actionsPerSecond)
    }

    /// How a run is begun.
    package struct Beginning: Sendable {
        package var input = Payload.null
        /// The trigger node; the manual one where there is none.
        package var trigger: NodeID?
        package var priority = 0
        /// A second run of the workflow with the same key is not begun: the first one's identifier is given.
        package var deduplication: String?
        /// How many runs have started each other before this one.
        package var depth = RunChain.depth

        package init(input: Payload = .null) { self.input = input }
    }

    /// Accepts a run of the newest published version. It is on disk when this returns.
    package func execute(
        _ id: WorkflowID, _ beginning: Beginning = Beginning(), for tenant: TenantID
    ) async throws(Problem) -> RunID {
        try await accept(id, beginning, for: tenant).run
    }

    /// As above, and whether the run was begun by it.
    func accept(_ id: WorkflowID, _ beginning: Beginning, for tenant: TenantID) async throws(Problem) -> TenantRuns.Acceptance {
        let inForce = try await published(id, of: tenant)
        let (version, workflow) = (inForce.version, inForce.workflow)
        guard let trigger = beginning.trigger ?? workflow.entry else {
            throw Problem(.conflict, "workflow \(id) has no manual trigger", hint: "add a node of type trigger and kind manual")
        }
        guard workflow.nodes.contains(where: { $0.id == trigger && $0.kind.isTrigger }) else {
            throw Problem(.conflict, "version \(version) of workflow \(id) has no trigger \(trigger)")
        }
        try workflow.check(beginning.input, of: trigger)
        guard beginning.input.size <= Payload.limit else {
            throw Problem(
                .quotaExceeded, "input: larger than \(ByteSize(bytes: Int64(Payload.limit)))",
                hint: "upload it as a document and give its identifier")
        }
        var origin = RunOrigin()
        origin.priority = beginning.priority
        origin.deduplication = beginning.deduplication
        origin.depth = beginning.depth
        let run = Run(id: .random(), workflow: id, version: version, trigger: trigger, input: beginning.input, began: Moment.now)
        let answering = Answering(evaluator: evaluator, tenant: tenant)
        origin.concurrency = try await answering.concurrency(of: workflow, run)
        origin.throttle = try await answering.throttle(of: workflow, run)
        origin.debounce = try await answering.debounce(of: workflow, run)
        return try await runs(of: tenant).accept(run, origin, of: inForce)
    }

    private func published(_ id: WorkflowID, of tenant: TenantID) async throws(Problem) -> VersionInForce {
        if let known = inForce[tenant]?[id] { return known }
        let mark = triggerReads
        let (version, workflow) = try await source.published(id, of: tenant)
        let found = VersionInForce(version, workflow)
        // What changed meanwhile is read again by whoever comes next.
        guard mark == triggerReads else { return found }
        if inForce.values.reduce(0, { $0 + $1.count }) >= Self.mostInForce { inForce = [:] }
        inForce[tenant, default: [:]][id] = found
        return found
    }

    func forgetVersions(of tenant: TenantID) { inForce[tenant] = nil }

    /// The run when it has ended, or as it is after `limit`.
    package func wait(for id: RunID, of tenant: TenantID, within limit: Duration) async throws(Problem) -> Run {
        let runs = try await runs(of: tenant)
        if let ended = try await runs.end(of: id, within: limit) { return ended }
        guard let run = try await runs.run(id) else { throw Problem(.notFound, "run not found: \(id)") }
        return run
    }

    package func post(_ event: PlannerEvent, to id: RunID, of tenant: TenantID) async throws(Problem) {
        try await runs(of: tenant).post(event, to: id)
    }

    /// The run as it is on disk.
    package func show(_ id: RunID, for tenant: TenantID) async throws(Problem) -> Run {
        guard let run = try await store.tenant(tenant).read({ try RunQueries.run(id, in: $0) }) else {
            throw Problem(.notFound, "run not found: \(id)")
        }
        return run
    }

    /// The steps of a run as they are on disk, in the order in which they began.
    package func steps(of id: RunID, for tenant: TenantID) async throws(Problem) -> [Step] {
        try await store.tenant(tenant).read { try RunQueries.steps(of: id, in: $0) }
    }

    /// Without what went in and came out.
    func summaries(of id: RunID, for tenant: TenantID) async throws(Problem) -> [Step] {
        try await store.tenant(tenant).read { try RunQueries.summaries(of: id, in: $0) }
    }

    package func list(
        _ filter: RunFilter, limit: Int, after cursor: String?, for tenant: TenantID
    ) async throws(Problem) -> RunPage {
        try await store.tenant(tenant).read { try RunQueries.page(filter, limit, after: cursor, in: $0) }
    }

    /// What people of the tenant are asked to decide, the oldest first.
    package func approvals(
        limit: Int = 100, after cursor: String? = nil, for tenant: TenantID
    ) async throws(Problem) -> (approvals: [OpenApproval], next: String?) {
        try await store.tenant(tenant).read { try RunQueries.approvals(limit, after: cursor, in: $0) }
    }

    /// What an approval of a run asks, by the version that the run keeps to.
    package func approval(of step: StepKey, in id: RunID, for tenant: TenantID) async throws(Problem) -> Approval {
        let run = try await show(id, for: tenant)
        let workflow = try await workflow(of: run, for: tenant)
        guard case .action(.approval(let approval))? = workflow.nodes.first(where: { $0.id == step.node })?.kind else {
            throw Problem(.conflict, "step \(step) of run \(id) asks for no decision")
        }
        return approval
    }

    /// Repeats a run from one of its nodes, on its own version or another, with what came before taken over; `input` in place of
    /// what went into the node.
    package func replay(
        _ id: RunID, from node: NodeID, input: Payload? = nil, version: Int? = nil, isOnlyOne: Bool = false, for tenant: TenantID
    ) async throws(Problem) -> RunID {
        let old = try await show(id, for: tenant)
        if let only = old.node {
            throw Problem(
                .conflict, "run \(id) is one of node \(only) alone, and has nothing to repeat from a node on",
                hint: "run the node again with what it was given: cloister workflow run \(old.workflow) --node \(only) --from \(id)")
        }
        let number = version ?? old.version
        let workflow = try await source.version(number, of: old.workflow, of: tenant)
        let steps = try Replay.steps(
            of: try await self.steps(of: id, for: tenant), from: node, input: input, in: workflow, at: Moment.now)
        let run = Run(
            id: .random(), workflow: old.workflow, version: number, trigger: old.trigger, input: old.input, began: Moment.now)
        var origin = RunOrigin()
        origin.replayOf = id
        // No caller's key begins with a control character.
        if isOnlyOne { origin.deduplication = "\u{1}replay \(id)" }
        let answering = Answering(evaluator: evaluator, tenant: tenant)
        origin.concurrency = try await answering.concurrency(of: workflow, run)
        origin.throttle = try await answering.throttle(of: workflow, run)
        return try await runs(of: tenant).accept(run, origin, of: VersionInForce(number, workflow), from: steps).run
    }

    /// Runs in memory; the others wait on disk.
    package var drivenRuns: Int {
        get async {
            var count = 0
            for runs in tenants.values { count += await runs.drivenRuns }
            return count
        }
    }

    /// Takes up what an earlier daemon left, tenant after tenant.
    package func start() async {
        do throws(Problem) {
            for tenant in try await store.tenants() where !isStopped {
                await takeUp(tenant.id)
                await takeUpSchedules(of: tenant.id)
            }
        } catch {
            logger.error("runs are not taken up: \(error)")
        }
        sweeper = Task { [weak self] in
            while !Task.isCancelled, let self {
                await self.sweepAll()
                try? await Task.sleep(for: .seconds(3600))
            }
        }
    }

    private func sweepAll() async {
        do throws(Problem) {
            for tenant in try await store.tenants() where !isStopped { await sweep(tenant.id) }
            // All tenants' databases were looked into; most tenants are not there now.
            await store.rest()
        } catch {
            logger.error("old runs are not removed: \(error)")
        }
    }

    /// Removes the ended runs of a tenant that are beyond what is kept, the oldest first, and gives their space back.
    package func sweep(_ tenant: TenantID) async {
        do throws(Problem) {
            let folder = try await store.tenant(tenant).passing
            let (retention, now) = (retention, Moment.now)
            var excess = try await folder.read { try RunQueries.excess(retention, in: $0) }
            while !isStopped, away[tenant] == nil {
                let left = excess
                guard let next = try await folder.write({ try RunQueries.sweep(left, endedBefore: retention.limit(at: now), in: $0) })
                else { break }
                excess = next
                // Others have their turns between.
                try? await Task.sleep(for: .milliseconds(20))
            }
            while !isStopped, away[tenant] == nil {
                let orphans = try await folder.read { try KeptPayloads.orphans(in: $0) }
                let gone = await invoker.drop(orphans, of: tenant)
                guard !gone.isEmpty else { break }
                try await folder.write { try KeptPayloads.forget(gone, in: $0) }
            }
        } catch {
            logger.error("old runs of tenant \(tenant) are not removed: \(error)")
        }
    }

    /// Keeps its hands off a tenant while `body` removes it or puts another state of it in its place.
    package func whileAway<Value: Sendable>(
        _ tenant: TenantID, _ body: () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        away[tenant, default: 0] += 1
        defer {
            comeBack(tenant)
            libraryChanged(of: tenant)
        }
        await tenants.removeValue(forKey: tenant)?.stop(within: .seconds(2))
        defer { watch.end(of: tenant) }
        do throws(Problem) {
            return try await body()
        } catch {
            // It is as it was.
            Task { await takeUp(tenant) }
            throw error
        }
    }

    /// One of those who keep a tenant away is done.
    private func comeBack(_ tenant: TenantID) {
        let count = (away[tenant] ?? 1) - 1
        away[tenant] = count > 0 ? count : nil
    }

    private func takeUp(_ tenant: TenantID) async {
        guard away[tenant] == nil, !isStopped else { return }
        do throws(Problem) {
            guard try await store.tenant(tenant).passing.read({ try RunQueries.hasOpen(in: $0) }) else { return }
            _ = try await runs(of: tenant)
        } catch {
            // Of a tenant that is not there, nothing is.
            guard error.code != .notFound else { return }
            logger.error("runs of tenant \(tenant) are not taken up: \(error)")
            Task {
                try? await Task.sleep(for: .seconds(30))
                await takeUp(tenant)
            }
        }
    }

    /// Lets what is under way end for at most `limit`.
    package func stop(within limit: Duration) async {
        isStopped = true
        sweeper?.cancel()
        schedules.alarm?.task.cancel()
        let all = Array(tenants.values)
        await withDiscardingTaskGroup { group in
            for runs in all { group.addTask { await runs.stop(within: limit) } }
        }
    }

    func runs(of tenant: TenantID) async throws(Problem) -> TenantRuns {
        guard !isStopped else { throw Problem(.shuttingDown, "the daemon is about to end", hint: "call again when it is back") }
        guard away[tenant] == nil else {
            throw Problem(.retryLater, "tenant \(tenant) is being restored or removed", hint: "call again when that is done")
        }
        if let known = tenants[tenant] { return known }
        let folder = try await store.tenant(tenant)
        if let known = tenants[tenant] { return known }
        // It may have been taken away meanwhile.
        guard away[tenant] == nil, !isStopped else {
            throw Problem(.retryLater, "tenant \(tenant) is being restored or removed", hint: "call again when that is done")
        }
        let surroundings = RunDriver.Surroundings(
            tenant: folder, answering: Answering(evaluator: evaluator, tenant: tenant), invoker: invoker, dispatcher: dispatcher,
            watch: watch, executor: executor(tenant), logger: logger, meter: meter, crowd: crowd, step: step)
        let followers = TenantRuns.Followers(
            wait: { [weak self] run in await self?.isFollowed(run, of: tenant) ?? false },
            start: { [weak self] run, depth in await self?.fire(run, depth: depth, for: tenant) ?? false })
        let runs = TenantRuns(surroundings, source: source, followers: followers)
        tenants[tenant] = runs
        // Whatever an earlier daemon left, or this one could not read before.
        Task { await runs.start() }
        return runs
    }
}
