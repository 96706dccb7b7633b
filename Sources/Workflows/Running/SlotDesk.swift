import Model

/// Slots for effects: so many at once in all, and so many for one tenant, of which so many may begin per second. A step that waits
/// holds none.
actor SlotDesk {
    struct Limits: Sendable {
        var total = 64
        var tenant = 32
        /// Of one tenant; nil for as many as there are slots for.
        var perSecond: Int?
    }

    private let limits: Limits
    private var queue = FairQueue<TenantID, CheckedContinuation<Void, Never>>()
    private var taken: [TenantID: Int] = [:]
    private var takenInAll = 0
    private var rates: [TenantID: ActionRate] = [:]
    private var alarm: (due: Int64, task: Task<Void, Never>)?
    private let start = ContinuousClock.now

    init(_ limits: Limits) { self.limits = limits }

    /// Returns when the tenant has a slot. Each is given back by `leave`.
    func enter(_ tenant: TenantID, priority: Int) async {
        // Whoever else waits does so behind others of its own tenant, or there would be no room.
        if queue.count(of: tenant) == 0, mayGo(tenant) {
            take(tenant)
            return
        }
        await withCheckedContinuation {
            queue.append($0, of: tenant, priority: priority)
            setAlarm()
        }
    }

    func leave(_ tenant: TenantID) {
        takenInAll -= 1
        taken[tenant, default: 1] -= 1
        if taken[tenant] == 0 { taken[tenant] = nil }
        serve()
    }

    private func serve() {
        while takenInAll < limits.total, let next = queue.next(where: { mayGo($0) }) {
            take(next.tenant)
            next.element.resume()
        }
        if rates.count > 64 { rates = rates.filter { !$0.value.isFull(at: now) } }
        setAlarm()
    }

    private func mayGo(_ tenant: TenantID) -> Bool {
        takenInAll < limits.total && taken[tenant] ?? 0 < limits.tenant && (rates[tenant]?.wait(at: now) ?? 0) == 0
    }

    /// Comes back when the first of those who wait for a token alone has one.
    private func setAlarm() {
        guard limits.perSecond != nil, takenInAll < limits.total, !queue.isEmpty else { return }
        let now = now
        let waits = queue.tenants.filter { taken[$0] ?? 0 < limits.tenant }.compactMap { rates[$0]?.wait(at: now) }
        guard let first = waits.min().map({ max(1_000_000, $0) }) else { return }
        if let alarm, alarm.due <= now + first { return }
        alarm?.task.cancel()
        alarm = (now + first, Task {
            guard (try? await Task.sleep(for: .nanoseconds(first))) != nil else { return }
            alarm = nil
            serve()
        })
    }

    private var now: Int64 { (ContinuousClock.now - start).nanoseconds }

    private func take(_ tenant: TenantID) {
        takenInAll += 1
        taken[tenant, default: 0] += 1
        if let perSecond = limits.perSecond { rates[tenant, default: ActionRate(perSecond: perSecond)].take(at: now) }
    }
}
