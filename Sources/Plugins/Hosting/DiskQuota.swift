import Model
import Store
import Supervisor
import Synchronization

/// Holds tenants to the bytes that their plugins may keep: the kernel has no quota that an ordinary user could set, so
/// the folders of tenants with running children are measured, and who is over is ended and refused until it is not.
final class DiskQuota: Sendable {
    /// How long a tenant can be over its quota unseen; one file is bounded by the kernel at once (RLIMIT_FSIZE).
    static let interval = Duration.seconds(5)

    let store: Store
    private let supervisor: Supervisor
    private let over = Mutex<[TenantID: Problem]>([:])
    let spaces = Mutex<[TenantID: Space]>([:])
    private let inspection = Mutex<Inspection?>(nil)

    /// What looks where the daemon may not.
    struct Inspection: Sendable {
        /// Nil where it cannot be told.
        let usage: @Sendable (PluginID, TenantStore) async throws(Problem) -> ByteSize?
        /// Opens what a plugin closed to itself.
        let reopen: @Sendable (PluginID, TenantStore) async throws(Problem) -> Void
    }

    init(store: Store, supervisor: Supervisor) {
        self.store = store
        self.supervisor = supervisor
    }

    /// Call once, before the first look.
    func connect(_ inspection: Inspection) { self.inspection.withLock { $0 = inspection } }

    /// Throws `quotaExceeded` for a tenant that was over its quota when last looked at.
    func check(_ tenant: TenantID) throws(Problem) {
        if let problem = over.withLock({ $0[tenant] }) { throw problem }
    }

    /// Looks again and again until its task is cancelled.
    func watch() async {
        while (try? await Task.sleep(for: Self.interval)) != nil { await look() }
    }

    /// Measures every tenant that has running children or was over its quota.
    func look() async {
        var tenants = Set(over.withLock { $0.keys })
        for pool in supervisor.all where await pool.isRunning { tenants.insert(pool.tenant) }
        for tenant in tenants { await look(at: tenant) }
    }

    private func look(at tenant: TenantID) async {
        // The quota is read last: one that was raised while the folders were measured is the one that holds.
        guard let store = try? await store.tenant(tenant), let used = try? await measure(store),
            let record = try? await self.store.record(of: tenant), record.state == .active
        else {
            over.withLock { _ = $0.removeValue(forKey: tenant) }
            return
        }
        spaces.withLock { spaces in
            spaces[tenant]?.used = used.bytes
            spaces[tenant]?.measured = .now
        }
        guard used > record.quota.disk else {
            over.withLock { _ = $0.removeValue(forKey: tenant) }
            return
        }
        let problem = Problem(
            .quotaExceeded, "disk quota of tenant \(tenant) exceeded: \(used) of \(record.quota.disk)",
            hint: "cloister tenant quota \(tenant) --disk SIZE")
        over.withLock { $0[tenant] = problem }
        let reason = ExitReason(.quota, "ended: \(problem.message)")
        for pool in supervisor.all where pool.tenant == tenant { await pool.condemn(reason) }
    }

    /// What a tenant uses, with what its plugins closed to the daemon. A plugin that closes folders to itself is ended: nobody could
    /// say what it uses.
    func measure(_ store: TenantStore) async throws(Problem) -> ByteSize {
        let survey = try await store.survey()
        guard survey.hasClosed, let inspection = inspection.withLock({ $0 }) else { return survey.size }
        var bytes = survey.size.bytes
        for plugin in try await store.pluginFolders() {
            let seen = try await store.survey(of: plugin)
            guard seen.hasClosed else { continue }
            if let usage = try await inspection.usage(plugin, store) {
                bytes += max(0, usage.bytes - seen.size.bytes)
                continue
            }
            let reason = ExitReason(
                .quota, "ended: it closed folders to itself, and what they hold counts for the disk quota of tenant \(store.id)")
            for pool in supervisor.all where pool.tenant == store.id && pool.plugin == plugin { await pool.condemn(reason) }
            try await inspection.reopen(plugin, store)
            bytes += max(0, (try await inspection.usage(plugin, store)?.bytes ?? 0) - seen.size.bytes)
        }
        return ByteSize(bytes: bytes)
    }
}
