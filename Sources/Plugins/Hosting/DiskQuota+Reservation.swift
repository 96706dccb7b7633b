import Model
import Store
import Synchronization

/// Room on a tenant's disk that is kept free for somebody who is about to write. Given back when the owner goes.
package final class DiskReservation: Sendable {
    private let size: ByteSize
    private let end: @Sendable (ByteSize) -> Void

    init(_ size: ByteSize, end: @escaping @Sendable (ByteSize) -> Void) {
        self.size = size
        self.end = end
    }

    deinit { end(size) }
}

extension DiskQuota {
    /// What a tenant uses, as far as is known: measured, and what was promised since.
    struct Space {
        var used: Int64
        var measured: ContinuousClock.Instant
        var reserved: Int64 = 0

        /// After this long somebody else may have written a lot.
        static let validity = Duration.seconds(5)

        func holds(_ size: ByteSize, of quota: ByteSize) -> Bool { used + reserved + size.bytes <= quota.bytes }
    }

    /// Keeps room for a tenant, or throws `quotaExceeded`. What others have reserved and not yet written counts.
    func reserve(_ size: ByteSize, for tenant: TenantID) async throws(Problem) -> DiskReservation {
        try check(tenant)
        let quota = try await store.record(of: tenant).quota.disk
        if let reservation = take(size, for: tenant, of: quota, asOf: .now - Space.validity) { return reservation }
        let used = try await measure(try await store.tenant(tenant))
        let now = ContinuousClock.now
        spaces.withLock { spaces in
            spaces[tenant, default: Space(used: 0, measured: now)].used = used.bytes
            spaces[tenant]?.measured = now
        }
        if let reservation = take(size, for: tenant, of: quota, asOf: now) { return reservation }
        let left = ByteSize(bytes: quota.bytes - used.bytes)
        throw Problem(
            .quotaExceeded, "\(size) for tenant \(tenant): \(left) of its disk quota are left",
            hint: "cloister tenant quota \(tenant) --disk SIZE")
    }

    private func take(
        _ size: ByteSize, for tenant: TenantID, of quota: ByteSize, asOf earliest: ContinuousClock.Instant
    ) -> DiskReservation? {
        let isTaken = spaces.withLock { spaces in
            guard let space = spaces[tenant], space.measured >= earliest, space.holds(size, of: quota) else { return false }
            spaces[tenant]?.reserved += size.bytes
            return true
        }
        guard isTaken else { return nil }
        return DiskReservation(size) { [weak self] size in
            self?.spaces.withLock { spaces in
                spaces[tenant]?.reserved -= size.bytes
                // Written by now, or at least counted so until somebody measures again.
                spaces[tenant]?.used += size.bytes
            }
        }
    }

    /// Forgets a tenant that is being removed.
    func forget(_ tenant: TenantID) { spaces.withLock { _ = $0.removeValue(forKey: tenant) } }
}
