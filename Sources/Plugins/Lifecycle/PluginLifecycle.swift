package import Model
import Store
import Synchronization

/// What a tenant has installed, and every change of it: each is done whole or not at all, whatever crashes.
///
/// The changes of one tenant come one after the other. What an earlier daemon left half done is brought to its end before
/// anything else is changed.
package final class PluginLifecycle: Sendable {
    let host: PluginHost
    let shelf: PackageShelf
    let step: @Sendable (String) -> Void
    private let policy: Mutex<TrustPolicy>
    private let queues = Mutex<[TenantID: SerialWork]>([:])
    private let recovered = Mutex<Set<TenantID>>([])
    private let sweeps = SerialWork()

    /// `step` is told the name of each step that was taken; tests end the process there.
    package init(_ host: PluginHost, trust: TrustPolicy, step: @escaping @Sendable (String) -> Void = { _ in }) {
        self.host = host
        policy = Mutex(trust)
        self.step = step
        shelf = PackageShelf(host.environment.store.folder) { step("stage.file") }
    }

    var trust: TrustPolicy { policy.withLock { $0 } }

    /// Judges packages by another policy from now on. What is installed stays.
    package func replace(trust: TrustPolicy) { policy.withLock { $0 = trust } }

    /// Brings to its end what an earlier daemon left half done, for all tenants, takes off the shelf what nobody needs, and
    /// removes documents that did not come all the way.
    /// Problems are told to `report`, and do not keep the others.
    package func recover(report: (TenantID, Problem) -> Void) async {
        for tenant in (try? await host.environment.store.tenants()) ?? [] where tenant.state == .active {
            do throws(Problem) {
                let left = try await change(tenant.id) { (store) throws(Problem) in
                    try await LifecycleJournal.entries(in: store.passing)
                }
                for entry in left {
                    report(
                        tenant.id,
                        Problem(
                            .retryLater, "plugin \(entry.plugin): its \(entry.operation.name) stopped half way",
                            hint: "cloister plugin uninstall \(entry.plugin) --tenant \(tenant.id) tries again"))
                }
            } catch {
                report(tenant.id, error)
            }
        }
        try? await sweep()
        for tenant in (try? await host.environment.store.tenants()) ?? [] where tenant.state == .active {
            do throws(Problem) {
                let store = try await host.environment.store.tenant(tenant.id).passing
                try await host.shelf.sweep(store)
                try await host.uploads.sweep(store)
            } catch {
                report(tenant.id, error)
            }
        }
        // All tenants' databases were looked into; most tenants are not there yet.
        await host.environment.store.rest()
    }

    /// Runs a change of a tenant's plugins when those before it are over.
    func change<Value: Sendable>(
        _ tenant: TenantID, _ body: @escaping @Sendable (TenantStore) async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        try await queue(of: tenant).run { () throws(Problem) in
            let store = try await self.host.environment.store.tenant(tenant)
            try await self.recover(store)
            return try await body(store)
        }
    }

    /// Removes a tenant with all that it has, when the changes before are over; those that come later find no tenant.
    package func remove(_ tenant: TenantID) async throws(Problem) {
        try await queue(of: tenant).run { [self] () throws(Problem) in
            let store = host.environment.store
            try await host.remove(tenant) { () async throws(Problem) in try await store.deleteTenant(tenant) }
            recovered.withLock { _ = $0.remove(tenant) }
        }
    }

    /// Has the tenant's data exchanged as a whole, with all its plugins ended, when the changes before are over. What the
    /// new data says is half done is brought to its end before anything else is changed.
    package func whileAway(
        _ tenant: TenantID, _ body: @escaping @Sendable () async throws(Problem) -> Void
    ) async throws(Problem) {
        try await queue(of: tenant).run { [self] () throws(Problem) in
            try await host.whileAway(tenant, body)
            recovered.withLock { _ = $0.remove(tenant) }
            // What it left unlinked costs space, and goes at the next start otherwise.
            try? await host.shelf.sweep(try await host.environment.store.tenant(tenant))
        }
    }

    private func queue(of tenant: TenantID) -> SerialWork {
        queues.withLock { queues in
            let queue = queues[tenant] ?? SerialWork()
            queues[tenant] = queue
            return queue
        }
    }

    /// Carries out an operation.
    func perform(_ job: LifecycleJob) async throws(Problem) {
        try await run(job).begin()
    }

    private func recover(_ store: TenantStore) async throws(Problem) {
        guard !recovered.withLock({ $0.contains(store.id) }) else { return }
        for entry in try await LifecycleJournal.entries(in: store) {
            // What cannot be brought to its end now keeps its intent, and does not keep other plugins waiting.
            try? await run(LifecycleJob(entry.operation, of: entry.plugin, in: store)).resume()
        }
        recovered.withLock { _ = $0.insert(store.id) }
    }

    private func run(_ job: LifecycleJob) -> LifecycleRun {
        LifecycleRun(job, host: host, shelf: shelf, step: step) { [self] () throws(Problem) in try await sweep() }
    }

    /// Takes off the shelf what no tenant needs.
    private func sweep() async throws(Problem) {
        try await sweeps.run { [self] () throws(Problem) in
            try await shelf.sweep { () async throws(Problem) in
                var needed: Set<BlobDigest> = []
                for tenant in try await host.environment.store.tenants() where tenant.state == .active {
                    let store = try await host.environment.store.tenant(tenant.id).passing
                    needed.formUnion(try await PluginRelease.digests(in: store))
                }
                return needed
            }
        }
    }
}
