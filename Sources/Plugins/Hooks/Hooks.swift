import Logging
package import Model
package import NIOCore
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

    struct Key: Hashable {
        let tenant: TenantID
        let plugin: PluginID
    }

    /// A handler's turn that is under way.
    struct Turn {
        let run: String
        let root: String
        let depth: Int
    }

    struct Queue {
        var count = 0
        var bytes = 0
        var last: Task<Void, Never>?
    }

    struct State {
        var registries: [TenantID: HookRegistry] = [:]
        var health: [TenantID: HookHealth] = [:]
        var events: [Key: [Manifest.Event]] = [:]
        var prepared: [TenantID: Task<Problem?, Never>] = [:]
        /// Tenants of which that came to its end: nobody waits for it any more.
        var ready: Set<TenantID> = []
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

    let grants: Grants
    let meter: any UsageMeter
    let logger: Logger
    let state = Mutex(State())
    let surroundings = Mutex<Surroundings?>(nil)
    /// Who wants to know of every action, besides its handlers.
    let observer = Mutex<Observer?>(nil)

    package struct Observer: Sendable {
        package let tell: @Sendable (_ event: String, _ value: ByteBuffer, _ tenant: TenantID) async -> Void

        package init(_ tell: @escaping @Sendable (_ event: String, _ value: ByteBuffer, _ tenant: TenantID) async -> Void) {
            self.tell = tell
        }
    }
    let start = ContinuousClock.now
    let chains = ChainLedger()

    /// Has somebody told of every action before its handlers are. It must not take long.
    package func observe(_ observer: Observer) { self.observer.withLock { $0 = observer } }

    init(grants: Grants, meter: any UsageMeter, logger: Logger) {
        self.meter = meter
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
            state.ready.remove(tenant)
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

    /// Once for each tenant. Where it fails, whoever comes next tries again, and no event runs without the handlers that it
    /// should have.
    func prepare(_ tenant: TenantID) async throws(Problem) {
        let task = state.withLock { state -> Task<Problem?, Never>? in
            if state.ready.contains(tenant) { return nil }
            if let task = state.prepared[tenant] { return task }
            let prepare = surroundings.withLock { $0?.prepare }
            let task = Task { () -> Problem? in
                do throws(Problem) { try await prepare?(tenant) } catch { return error }
                return nil
            }
            state.prepared[tenant] = task
            return task
        }
        guard let task else { return }
        guard let problem = await task.value else {
            // Unless the tenant was forgotten meanwhile.
            return state.withLock { if $0.prepared[tenant] == task { $0.ready.insert(tenant) } }
        }
        state.withLock { if $0.prepared[tenant] == task { $0.prepared[tenant] = nil } }
        throw problem
    }
}
