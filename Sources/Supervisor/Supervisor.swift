import Glibc
package import Logging
package import Model
package import NIOCore
package import Sandbox
import Synchronization

/// Every sealed child of this daemon: one pool for each plugin of each tenant, spread over the event loops.
package final class Supervisor: Sendable {
    private struct Key: Hashable {
        let tenant: TenantID
        let plugin: PluginID
    }

    private struct Home {
        let loop: any EventLoop
        let executor: LoopTaskExecutor
    }

    let launcher: Launcher
    private let turns = LaunchTurns(processors: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    private let loops: any EventLoopGroup
    private let logger: Logger
    private let pools = Mutex<[Key: ChildPool]>([:])
    /// The children of one tenant share an event loop: events pass from one to the next without a change of threads.
    private let homes = Mutex<[TenantID: Home]>([:])
    /// Pools that are tried out beside the one that their plugin has.
    private let candidates = Mutex<[ObjectIdentifier: ChildPool]>([:])

    package init(launcher: Launcher, loops: any EventLoopGroup, logger: Logger) {
        self.launcher = launcher
        self.loops = loops
        self.logger = logger
    }

    /// The pool of a plugin for a tenant, if it has one.
    package func pool(of plugin: PluginID, for tenant: TenantID) -> ChildPool? {
        pools.withLock { $0[Key(tenant: tenant, plugin: plugin)] }
    }

    /// Runs tasks where the children of a tenant are; nil where it has none yet.
    package func executor(of tenant: TenantID) -> LoopTaskExecutor? { homes.withLock { $0[tenant]?.executor } }

    package var all: [ChildPool] {
        pools.withLock { Array($0.values) } + candidates.withLock { Array($0.values) }
    }

    /// Makes a pool, in place of an earlier one, which is stopped first.
    package func makePool(
        of plugin: PluginID, for tenant: TenantID, blueprint: any ChildBlueprint, policy: PoolPolicy
    ) async -> ChildPool {
        await removePool(of: plugin, for: tenant)
        let pool = await start(plugin, tenant, blueprint, policy, first: 1)
        pools.withLock { $0[Key(tenant: tenant, plugin: plugin)] = pool }
        return pool
    }

    /// Makes a pool beside the one that the plugin has, whose instances have other numbers. `adopt` puts it in that one's
    /// place, `discard` ends it.
    package func makeCandidate(
        of plugin: PluginID, for tenant: TenantID, blueprint: any ChildBlueprint, policy: PoolPolicy
    ) async -> ChildPool {
        let taken = pool(of: plugin, for: tenant)?.instances
        let first = taken.map { $0.lowerBound > policy.maximum ? 1 : $0.upperBound } ?? 1
        let pool = await start(plugin, tenant, blueprint, policy, first: first)
        candidates.withLock { $0[ObjectIdentifier(pool)] = pool }
        return pool
    }

    /// Makes a pool of one child with a number of its own, beside all others: for children that are used up one by one.
    /// `discard` ends it.
    package func makeSingle(
        of plugin: PluginID, for tenant: TenantID, instance: Int, blueprint: any ChildBlueprint
    ) async -> ChildPool {
        let policy = PoolPolicy(maximum: 1, spare: 0, idleStop: .seconds(365 * 86_400))
        let pool = await start(plugin, tenant, blueprint, policy, first: instance)
        candidates.withLock { $0[ObjectIdentifier(pool)] = pool }
        return pool
    }

    /// Makes a candidate the plugin's pool and returns the one it had, which the caller stops.
    package func adopt(_ candidate: ChildPool) -> ChildPool? {
        candidates.withLock { $0[ObjectIdentifier(candidate)] = nil }
        return pools.withLock {
            $0.updateValue(candidate, forKey: Key(tenant: candidate.tenant, plugin: candidate.plugin))
        }
    }

    /// Ends a candidate; returns when its children are gone.
    package func discard(_ candidate: ChildPool) async {
        await candidate.stop(refusing: Problem(.cancelled, "plugin \(candidate.plugin) was not put to work"))
        candidates.withLock { $0[ObjectIdentifier(candidate)] = nil }
    }

    private func start(
        _ plugin: PluginID, _ tenant: TenantID, _ blueprint: any ChildBlueprint, _ policy: PoolPolicy, first: Int
    ) async -> ChildPool {
        let loop = home(of: tenant).loop
        let (launcher, turns, logger) = (launcher, turns, logger)
        return await withCheckedContinuation { (continuation: CheckedContinuation<ChildPool, Never>) in
            loop.execute {
                let pool = Pool(
                    tenant: tenant, plugin: plugin, firstInstance: first, blueprint: blueprint, policy: policy,
                    loop: loop, launcher: launcher, turns: turns, logger: logger)
                pool.activate()
                continuation.resume(returning: ChildPool(pool, on: loop))
            }
        }
    }

    /// Forgets where the children of a tenant were that is being removed.
    package func forget(_ tenant: TenantID) { homes.withLock { _ = $0.removeValue(forKey: tenant) } }

    private func home(of tenant: TenantID) -> Home {
        homes.withLock { homes in
            if let home = homes[tenant] { return home }
            let loop = loops.next()
            let home = Home(loop: loop, executor: LoopTaskExecutor(loop))
            homes[tenant] = home
            return home
        }
    }

    /// Stops and forgets a pool; returns when its children are gone.
    package func removePool(of plugin: PluginID, for tenant: TenantID) async {
        guard let pool = pools.withLock({ $0.removeValue(forKey: Key(tenant: tenant, plugin: plugin)) }) else { return }
        await pool.stop(refusing: Problem(.notFound, "plugin \(plugin) was removed from tenant \(tenant)"))
    }

    /// Returns when the launcher's thread has worked through what it had before the call: it is alive.
    package func answerFromLauncher() async {
        await withCheckedContinuation { continuation in launcher.submit { continuation.resume() } }
    }

    /// Stops every pool at once and returns when no child is left.
    package func shutDown() async {
        let all = pools.withLock { pools in
            defer { pools = [:] }
            return Array(pools.values)
        } + candidates.withLock { Array($0.values) }
        await withTaskGroup(of: Void.self) { group in
            for pool in all {
                group.addTask {
                    await pool.stop(refusing: Problem(.shuttingDown, "the daemon is shutting down"))
                }
            }
        }
    }
}
