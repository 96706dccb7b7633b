import Logging
package import Model
import NIOCore
import Supervisor
import Synchronization

/// An event on its way through the handlers.
extension Hooks {
    /// Tells every handler of an action, for an event of the host's. What goes wrong is logged, and thrown where a handler
    /// that must not fail did.
    @discardableResult
    package func raise(_ event: String, _ value: JSONValue, for tenant: TenantID) async throws(Problem) -> HookReport {
        try await run(event, ByteBuffer(bytes: value.bytes), for: tenant)
    }

    /// Tells every handler of an action that no plugin and not the host declares.
    func raise(own event: HookEvent, _ value: ByteBuffer, for tenant: TenantID) async throws(Problem) -> HookReport {
        let report = try await walk(event, value, HookRun(tenant: tenant), tenant, nil, keepsChanges: false)
        if let failure = report.failure { throw failure }
        return report
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

    func walk(
        _ event: HookEvent, _ value: ByteBuffer, _ run: HookRun, _ tenant: TenantID, _ rules: (any HookGuard)?,
        keepsChanges: Bool
    ) async throws(Problem) -> HookReport {
        if event.kind == .action { await observer.withLock { $0 }?.tell(event.name, value, tenant) }
        try await prepare(tenant)
        // Where nobody handles anything, nothing is gained by going where handlers are called.
        let isHandled = state.withLock { $0.registries[tenant] != nil || !$0.unread.isEmpty }
        let executor = isHandled ? surroundings.withLock { $0 }?.executor(tenant) : nil
        // Whoever is there already stays: each preference within another makes every change of tasks dearer.
        let isThere = withUnsafeCurrentTask { $0?.unownedTaskExecutor } == executor?.asUnownedTaskExecutor()
        if isThere { return try await pass(event, value, run, tenant, rules, keepsChanges: keepsChanges) }
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
        try meter.count(handler.plugin, for: tenant)
        let key = Key(tenant: tenant, plugin: handler.plugin)
        state.withLock { $0.turns[key, default: []].append(Turn(run: run.id, root: run.root, depth: run.depth)) }
        defer {
            state.withLock { state in
                guard let place = state.turns.index(forKey: key),
                    let index = state.turns.values[place].firstIndex(where: { $0.run == run.id })
                else { return }
                if state.turns.values[place].count == 1 { state.turns.remove(at: place) }
                else { state.turns.values[place].remove(at: index) }
            }
        }
        return try await chains.during(handler.plugin, of: tenant) { () async throws(Problem) in
            try await children.call(
                hook.isFilter ? "hook/filter" : "hook/action",
                HookMessage.parameters(
                    event: event.name, handler: handler.name, run: run, value: value, deadline: hook.deadline),
                deadline: hook.deadline, hardLimit: hook.deadline * 10)
        }
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
