import Model
import NIOCore
import Synchronization

/// Events that plugins raise themselves.
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
