import Logging
package import Model
import NIOCore
package import Supervisor
import Synchronization

/// Runs events through the handlers of a tenant's plugins, one after the other.
///
/// A handler is asked only where the tenant granted it, for no longer than its deadline, and is passed over when it
/// fails, unless it must not fail: then the run ends there. One that fails again and again is set aside.
package final class Hooks: Sendable {
    /// Actions of one plugin that wait for their run, and the bytes of their values.
    static let queueLimit = 256
    static let queuedBytes = 8 << 20

    private struct Key: Hashable {
        let tenant: TenantID
        let plugin: PluginID
    }

    /// A handler's turn that is under way.
    private struct Turn {
        let run: String
        let root: String
        let depth: Int
    }

    private struct Queue {
        var count = 0
        var bytes = 0
        var last: Task<Void, Never>?
    }

    private struct State {
        var registries: [TenantID: HookRegistry] = [:]
        var health: [TenantID: HookHealth] = [:]
        var events: [Key: [Manifest.Event]] = [:]
        var prepared: [TenantID: Task<Problem?, Never>] = [:]
        /// Enabled plugins of which nobody knows where their handlers stand.
        var unread: Set<Key> = []
        var turns: [Key: [Turn]] = [:]
        var queues: [Key: Queue] = [:]
    }

    /// What hooks need of the rest of the host.
    package struct Surroundings: Sendable {
        /// The children of a plugin.
        package var pool: @Sendable (PluginID, TenantID) async throws(Problem) -> ChildPool
        /// Loads the plugins of a tenant, so that their handlers are attached. Throws where it cannot be known which it has.
        package var prepare: @Sendable (TenantID) async throws(Problem) -> Void
        /// Tries again to load a plugin that could not be read; why it still cannot be loaded.
        package var retry: @Sendable (PluginID, TenantID) async throws(Problem) -> Problem?
        /// Where the children of a tenant are talked to; a run that is there, too, never changes threads.
        package var executor: @Sendable (TenantID) -> (any TaskExecutor)?
        /// A handler was set aside.
        package var setAside: @Sendable (TenantID, HookRegistry.Attachment, Problem) -> Void

        package init(
            pool: @escaping @Sendable (PluginID, TenantID) async throws(Problem) -> ChildPool,
            prepare: @escaping @Sendable (TenantID) async throws(Problem) -> Void,
            retry: @escaping @Sendable (PluginID, TenantID) async throws(Problem) -> Problem?,
            executor: @escaping @Sendable (TenantID) -> (any TaskExecutor)?,
            setAside: @escaping @Sendable (TenantID, HookRegistry.Attachment, Problem) -> Void
        ) {
            self.pool = pool
            self.prepare = prepare
            self.retry = retry
            self.executor = executor
            self.setAside = setAside
        }
    }

    private let grants: Grants
    private let logger: Logger
    private let state = Mutex(State())
    private let surroundings = Mutex<Surroundings?>(nil)
    private let start = ContinuousClock.now

    init(grants: Grants, logger: Logger) {
        self.grants = grants
        self.logger = logger
    }

    /// Call once, before the first run.
    func connect(_ surroundings: Surroundings) { self.surroundings.withLock { $0 = surroundings } }

    /// Attaches the handlers of a plugin in place of those that it had, and forgives their failures.
    func attach(_ manifest: Manifest, for tenant: TenantID) {
        state.withLock { state in
            state.unread.remove(Key(tenant: tenant, plugin: manifest.id))
            guard !manifest.hooks.isEmpty || !manifest.events.isEmpty || state.registries[tenant] != nil else { return }
            state.registries[tenant, default: HookRegistry()].set(manifest.hooks, of: manifest.id)
            state.events[Key(tenant: tenant, plugin: manifest.id)] = manifest.events.isEmpty ? nil : manifest.events
            _ = state.health[tenant]?.restore(manifest.id)
        }
    }

    /// An enabled plugin has handlers, and nobody can read which. Some may be of those that must not fail, so no event that
    /// it was granted passes until it can be read, or is taken away.
    func attachUnread(_ plugin: PluginID, for tenant: TenantID) {
        state.withLock { _ = $0.unread.insert(Key(tenant: tenant, plugin: plugin)) }
    }

    /// Takes a plugin's handlers and events away.
    package func detach(_ plugin: PluginID, for tenant: TenantID) {
        state.withLock { state in
            state.unread.remove(Key(tenant: tenant, plugin: plugin))
            state.registries[tenant]?.set([], of: plugin)
            state.events[Key(tenant: tenant, plugin: plugin)] = nil
            _ = state.health[tenant]?.restore(plugin)
        }
    }

    /// Forgets a tenant that is being removed.
    func forget(_ tenant: TenantID) {
        state.withLock { state in
            state.registries[tenant] = nil
            state.health[tenant] = nil
            state.prepared[tenant] = nil
            state.unread = state.unread.filter { $0.tenant != tenant }
            state.events = state.events.filter { $0.key.tenant != tenant }
        }
    }

    /// Brings back handlers that were set aside; how many there were.
    package func restore(_ plugin: PluginID, handler: String?, for tenant: TenantID) -> Int {
        state.withLock { $0.health[tenant]?.restore(plugin, handler: handler) ?? 0 }
    }

    /// What stands at the events of a tenant.
    package func board(of tenant: TenantID) async throws(Problem) -> HookBoard {
        try await prepare(tenant)
        let (registry, health, events) = state.withLock { state in
            (
                state.registries[tenant] ?? HookRegistry(), state.health[tenant] ?? HookHealth(),
                state.events.filter { $0.key.tenant == tenant }.values.flatMap { $0 }
            )
        }
        return HookBoard(registry, health, events) { [grants] plugin, event in
            grants.allows(.hooks, "handle", on: .name(event), for: plugin, of: tenant)
        }
    }

    /// The event of that name that the host or a plugin of the tenant has.
    func event(_ name: String, of tenant: TenantID) async throws(Problem) -> HookEvent? {
        if let event = HookEvent.core(named: name) { return event }
        try await prepare(tenant)
        return state.withLock { state in
            state.events.first { key, events in key.tenant == tenant && events.contains { $0.name == name } }?
                .value.first { $0.name == name }.map(HookEvent.init)
        }
    }

    /// Tells every handler of an action, for an event of the host's. What goes wrong is logged, and thrown where a handler
    /// that must not fail did.
    @discardableResult
    package func raise(_ event: String, _ value: JSONValue, for tenant: TenantID) async throws(Problem) -> HookReport {
        try await run(event, ByteBuffer(bytes: value.bytes), for: tenant)
    }

    /// Runs an event from its first handler to its last. Throws where the value is larger than the event takes, or where a
    /// handler that must not fail did.
    func run(
        _ name: String, _ value: ByteBuffer, for tenant: TenantID, guard rules: (any HookGuard)? = nil
    ) async throws(Problem) -> HookReport {
        let report = try await trace(name, value, for: tenant, guard: rules, keepsChanges: false)
        if let failure = report.failure { throw failure }
        return report
    }

    /// As `run`, with what each handler changed, and with a failure told instead of thrown.
    func trace(
        _ name: String, _ value: ByteBuffer, for tenant: TenantID, guard rules: (any HookGuard)? = nil,
        keepsChanges: Bool = true
    ) async throws(Problem) -> HookReport {
        guard let event = try await event(name, of: tenant) else { throw Self.unknown(name) }
        return try await walk(event, value, HookRun(tenant: tenant), tenant, rules, keepsChanges: keepsChanges)
    }

    static func unknown(_ name: String) -> Problem {
        Problem(
            .notFound, "event not found: \(name.prefix(128))",
            hint: HookEvent.core.map(\.name).nearest(to: name).map { "did you mean \($0)?" }
                ?? "`cloister hook list --all --tenant ID` shows all")
    }
}

extension Hooks {
    /// Once for each tenant. Where it fails, whoever comes next tries again, and no event runs without the handlers that it
    /// should have.
    private func prepare(_ tenant: TenantID) async throws(Problem) {
        let task = state.withLock { state in
            if let task = state.prepared[tenant] { return task }
            let prepare = surroundings.withLock { $0?.prepare }
            let task = Task { () -> Problem? in
                do throws(Problem) { try await prepare?(tenant) } catch { return error }
                return nil
            }
            state.prepared[tenant] = task
            return task
        }
        guard let problem = await task.value else { return }
        state.withLock { if $0.prepared[tenant] == task { $0.prepared[tenant] = nil } }
        throw problem
    }

    /// Why an event cannot run: a plugin that was granted it, and may see its value, cannot be read.
    private func obstacle(
        to event: HookEvent, _ tenant: TenantID, _ rules: (any HookGuard)?
    ) async -> Problem? {
        let unread = state.withLock { state in
            state.unread.isEmpty ? [] : state.unread.filter { $0.tenant == tenant }.map(\.plugin)
        }
        for plugin in unread.sorted(by: { $0.rawValue < $1.rawValue })
        where grants.allows(.hooks, "handle", on: .name(event.name), for: plugin, of: tenant)
            && rules?.objection(to: plugin) == nil
        {
            let problem: Problem?
            do throws(Problem) {
                problem = try await surroundings.withLock { $0?.retry }?(plugin, tenant)
                guard state.withLock({ $0.unread.contains(Key(tenant: tenant, plugin: plugin)) }) else { continue }
            } catch {
                problem = error
            }
            return Problem(
                problem?.code ?? .internalFault, "event \(event.name) does not run: plugin \(plugin), which may handle it, cannot be read",
                hint: "mend its folder, or: cloister plugin uninstall \(plugin) --tenant \(tenant)",
                cause: problem?.message)
        }
        return nil
    }

    private func walk(
        _ event: HookEvent, _ value: ByteBuffer, _ run: HookRun, _ tenant: TenantID, _ rules: (any HookGuard)?,
        keepsChanges: Bool
    ) async throws(Problem) -> HookReport {
        try await prepare(tenant)
        let executor = surroundings.withLock { $0 }?.executor(tenant)
        return try await withTaskExecutorPreference(executor) { () async throws(Problem) in
            try await pass(event, value, run, tenant, rules, keepsChanges: keepsChanges)
        }
    }

    private func pass(
        _ event: HookEvent, _ value: ByteBuffer, _ run: HookRun, _ tenant: TenantID, _ rules: (any HookGuard)?,
        keepsChanges: Bool
    ) async throws(Problem) -> HookReport {
        guard value.readableBytes <= Int(event.valueLimit.bytes) else {
            throw Problem(.quotaExceeded, "value of event \(event.name): larger than \(event.valueLimit)")
        }
        if let problem = await obstacle(to: event, tenant, rules) {
            return HookReport(value: value, steps: [], failure: problem)
        }
        var value = value
        var steps: [HookReport.Step] = []
        var cursors = [HookCursor(event.name)]
        if event.name != HookEvent.all { cursors.insert(HookCursor(HookEvent.all), at: 0) }
        for index in cursors.indices {
            while let (attachment, verdict) = next(&cursors[index], tenant) {
                let began = ContinuousClock.now
                let before = value
                let outcome = await turn(attachment, verdict, event, &value, run, tenant, rules)
                let isChanged = keepsChanges && before != value
                steps.append(
                    HookReport.Step(
                        attachment: attachment, outcome: outcome, duration: ContinuousClock.now - began,
                        change: isChanged ? (before, value) : nil))
                guard case .failed(let problem) = outcome else { continue }
                note(problem, attachment, event, tenant)
                if attachment.hook.onFailure == .closed {
                    return HookReport(value: value, steps: steps, failure: Self.closing(problem, attachment, event))
                }
            }
        }
        return HookReport(value: value, steps: steps, failure: nil)
    }

    private func next(
        _ cursor: inout HookCursor, _ tenant: TenantID
    ) -> (attachment: HookRegistry.Attachment, verdict: String?)? {
        var moved = cursor
        let found: (HookRegistry.Attachment, String?)? = state.withLock { state in
            guard let registry = state.registries[tenant], let attachment = moved.next(in: registry) else { return nil }
            return (attachment, state.health[tenant]?.verdict(on: HookHealth.Key(attachment)))
        }
        cursor = moved
        return found
    }

    /// Asks one handler. The value changes only where a filter event's filter gave back one that may stand.
    private func turn(
        _ attachment: HookRegistry.Attachment, _ verdict: String?, _ event: HookEvent, _ value: inout ByteBuffer,
        _ run: HookRun, _ tenant: TenantID, _ rules: (any HookGuard)?
    ) async -> HookReport.Step.Outcome {
        let (handler, hook) = (attachment.handler, attachment.hook)
        // Counted as a use only where the handler is asked.
        let isPlain = rules == nil && verdict == nil
        let subject = PermissionSubject.name(event.name)
        guard
            isPlain
                ? grants.admit(.hooks, "handle", on: subject, for: handler.plugin, of: tenant)
                : grants.allows(.hooks, "handle", on: subject, for: handler.plugin, of: tenant)
        else {
            return .skipped("not granted: hooks handle of \(event.name)")
        }
        if let objection = rules?.objection(to: handler.plugin) { return .skipped(objection) }
        if let verdict {
            let reason = "set aside after repeated failure, last: \(verdict)"
            guard hook.onFailure == .closed else { return .skipped(reason) }
            return .failed(
                Problem(
                    .conflict, "handler \(handler) is \(reason)",
                    hint: "cloister hook restore \(handler.plugin) --tenant \(tenant)"))
        }
        do throws(Problem) {
            if !isPlain { _ = grants.admit(.hooks, "handle", on: subject, for: handler.plugin, of: tenant) }
            let answer = try await ask(attachment, event, value, run, tenant)
            guard event.kind == .filter, hook.isFilter else { return .done }
            let result = try HookMessage.value(of: answer, from: handler)
            guard result.readableBytes <= Int(event.valueLimit.bytes) else {
                throw Problem(.pluginFailed, "handler \(handler): its value is larger than \(event.valueLimit)")
            }
            value = try await rules?.take(result, from: handler.plugin) ?? result
            return .done
        } catch {
            return .failed(error)
        }
    }

    private func ask(
        _ attachment: HookRegistry.Attachment, _ event: HookEvent, _ value: ByteBuffer, _ run: HookRun, _ tenant: TenantID
    ) async throws(Problem) -> ByteBuffer {
        guard let pool = surroundings.withLock({ $0?.pool }) else { throw Problem(.shuttingDown, "the host is not ready") }
        let (handler, hook) = (attachment.handler, attachment.hook)
        let children = try await pool(handler.plugin, tenant)
        let key = Key(tenant: tenant, plugin: handler.plugin)
        state.withLock { $0.turns[key, default: []].append(Turn(run: run.id, root: run.root, depth: run.depth)) }
        defer {
            state.withLock { state in
                guard let index = state.turns[key]?.firstIndex(where: { $0.run == run.id }) else { return }
                state.turns[key]?.remove(at: index)
                if state.turns[key]?.isEmpty == true { state.turns[key] = nil }
            }
        }
        return try await children.call(
            hook.isFilter ? "hook/filter" : "hook/action",
            HookMessage.parameters(
                event: event.name, handler: handler.name, run: run, value: value, deadline: hook.deadline),
            deadline: hook.deadline, hardLimit: hook.deadline * 10)
    }

    private func note(
        _ problem: Problem, _ attachment: HookRegistry.Attachment, _ event: HookEvent, _ tenant: TenantID
    ) {
        let metadata: Logger.Metadata = [
            "tenant": "\(tenant)", "plugin": "\(attachment.handler.plugin)", "handler": "\(attachment.handler.name)",
            "event": "\(event.name)",
        ]
        logger.warning("handler failed: \(problem.message)", metadata: metadata)
        guard problem.code.countsAgainstHandler else { return }
        let isAside = state.withLock { state in
            state.health[tenant, default: HookHealth()].failed(
                HookHealth.Key(attachment), because: problem.message, at: ContinuousClock.now - start)
        }
        guard isAside else { return }
        logger.error("handler set aside: \(attachment.handler)", metadata: metadata)
        surroundings.withLock { $0 }?.setAside(tenant, attachment, problem)
    }

    private static func closing(
        _ problem: Problem, _ attachment: HookRegistry.Attachment, _ event: HookEvent
    ) -> Problem {
        Problem(
            problem.code, "event \(event.name) was ended by handler \(attachment.handler): \(problem.message)",
            hint: problem.hint, cause: problem.cause)
    }
}

extension Manifest.Hook {
    /// Whether what the handler answers is a value. Nobody filters all events at once.
    fileprivate var isFilter: Bool { kind == .filter && event != HookEvent.all }
}

extension Hooks {
    /// Runs an event that a plugin declares in its manifest. An action is answered when it has been taken, and runs after
    /// those that the plugin raised before; a filter is answered with the value at its end.
    func emit(
        _ name: String, _ value: ByteBuffer, during run: String?, from plugin: PluginID, for tenant: TenantID
    ) async throws(Problem) -> ByteBuffer? {
        let key = Key(tenant: tenant, plugin: plugin)
        let (declared, depth) = state.withLock { state in
            (state.events[key]?.first { $0.name == name }, Self.parent(in: state.turns[key] ?? [], claimed: run))
        }
        guard let declared else {
            throw Problem(
                .notFound, "event not found: \(name.prefix(128)) of plugin \(plugin)",
                hint: "the manifest declares it with `events: [{name: \(plugin).WORD}]`")
        }
        let event = HookEvent(declared)
        guard depth?.depth ?? -1 < HookRun.depthLimit else {
            throw Problem(
                .quotaExceeded, "event \(name): raised \(HookRun.depthLimit) deep",
                hint: "handlers raise events that raise events; break the circle")
        }
        let next = HookRun(tenant: tenant, raisedBy: plugin, below: depth)
        guard event.kind == .action else {
            let report = try await walk(event, value, next, tenant, nil, keepsChanges: false)
            if let failure = report.failure { throw failure }
            return report.value
        }
        guard value.readableBytes <= Int(event.valueLimit.bytes) else {
            throw Problem(.quotaExceeded, "value of event \(event.name): larger than \(event.valueLimit)")
        }
        // Of its own: a part of what was read keeps all of that.
        let waiting = ByteBuffer(bytes: value.readableBytesView)
        let size = waiting.readableBytes
        let isTaken = state.withLock { state in
            var queue = state.queues[key] ?? Queue()
            guard queue.count < Self.queueLimit, queue.bytes == 0 || queue.bytes + size <= Self.queuedBytes else { return false }
            let previous = queue.last
            queue.count += 1
            queue.bytes += size
            queue.last = Task { [self] in
                await previous?.value
                _ = try? await walk(event, waiting, next, tenant, nil, keepsChanges: false)
                leave(key, size)
            }
            state.queues[key] = queue
            return true
        }
        guard isTaken else {
            throw Problem(
                .retryLater,
                "plugin \(plugin) has \(Self.queueLimit) events or \(Self.queuedBytes >> 20)MiB of them waiting", hint: "raise events less often")
        }
        return nil
    }

    private func leave(_ key: Key, _ size: Int) {
        state.withLock { state in
            state.queues[key]?.count -= 1
            state.queues[key]?.bytes -= size
            if state.queues[key]?.count == 0 { state.queues[key] = nil }
        }
    }

    /// The turn below which an event is raised: the deepest one under way at the plugin, of the tree that it names if it
    /// names one. A plugin that named a shallow turn of its own could otherwise go in circles for ever.
    private static func parent(in turns: [Turn], claimed run: String?) -> (root: String, depth: Int)? {
        let root = run.flatMap { run in turns.first { $0.run == run }?.root }
        return turns.filter { root == nil || $0.root == root }.max { $0.depth < $1.depth }.map { ($0.root, $0.depth) }
    }
}
