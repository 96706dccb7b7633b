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

    init(store: Store, supervisor: Supervisor) {
        self.store = store
        self.supervisor = supervisor
    }

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
        guard let used = try? await store.tenant(tenant).diskUsage(),
            let record = try? await store.record(of: tenant), record.state == .active
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
}
