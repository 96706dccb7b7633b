import Model

/// Slots for effects: so many at once in all, and so many for one tenant. A step that waits holds none.
actor SlotDesk {
    struct Limits: Sendable {
        var total = 64
        var tenant = 32
    }

    private let limits: Limits
    private var queue = FairQueue<TenantID, CheckedContinuation<Void, Never>>()
    private var taken: [TenantID: Int] = [:]
    private var takenInAll = 0

    init(_ limits: Limits) { self.limits = limits }

    /// Returns when the tenant has a slot. Each is given back by `leave`.
    func enter(_ tenant: TenantID, priority: Int) async {
        // Whoever else waits does so behind others of its own tenant, or there would be no room.
        if queue.count(of: tenant) == 0, mayGo(tenant) {
            take(tenant)
            return
        }
        await withCheckedContinuation { queue.append($0, of: tenant, priority: priority) }
    }

    func leave(_ tenant: TenantID) {
        takenInAll -= 1
        taken[tenant, default: 1] -= 1
        if taken[tenant] == 0 { taken[tenant] = nil }
        while takenInAll < limits.total, let next = queue.next(where: { mayGo($0) }) {
            take(next.tenant)
            next.element.resume()
        }
    }

    private func mayGo(_ tenant: TenantID) -> Bool {
        takenInAll < limits.total && taken[tenant] ?? 0 < limits.tenant
    }

    private func take(_ tenant: TenantID) {
        takenInAll += 1
        taken[tenant, default: 0] += 1
    }
}
