package import Model

/// Which worker evaluates for whom: pure decisions. A worker serves the tenant that it was first given to and no other for
/// the rest of its life, one message at a time.
///
/// Tenants take turns, however much each of them asks for. What is to be done is returned; what came of it is told.
package struct WorkerRota: Sendable {
    package struct Limits: Sendable, Equatable {
        /// Never more processes than this, those on their way out included.
        package var workers = 6
        package var workersPerTenant = 2
        package var waiting = 4096
        package var waitingPerTenant = 512
        /// A worker without work for so long is ended.
        package var idle: Duration = .seconds(60)

        package init() {}
    }

    package enum Effect: Sendable, Equatable {
        /// `started` or `gone` must follow.
        case start(worker: Int)
        /// `gone` must follow.
        case stop(worker: Int)
        /// `release` must follow.
        case grant(ticket: Int, worker: Int)
        case refuse(ticket: Int)
    }

    private enum State: Equatable {
        case starting
        /// Ready, and no tenant's yet.
        case spare
        case serving(TenantID)
        case resting(TenantID, since: Duration)
        case leaving
    }

    private let limits: Limits
    private var workers: [Int: State] = [:]
    private var queues: [TenantID: [Int]] = [:]
    /// Tenants that wait, in the order of their turns.
    private var turns: [TenantID] = []
    private var waiting = 0
    /// A worker did not start: another one is tried when somebody asks, and not before.
    private var isHalted = false

    package init(_ limits: Limits = Limits()) { self.limits = limits }

    /// How many processes there are or are about to be.
    package var count: Int { workers.count }

    /// Somebody wants a worker; throws `retryLater` when too many wait.
    package mutating func ask(_ ticket: Int, for tenant: TenantID) throws(Problem) -> [Effect] {
        let own = queues[tenant]?.count ?? 0
        guard waiting < limits.waiting, own < limits.waitingPerTenant else {
            throw Problem(
                .retryLater, "\(own) evaluations of tenant \(tenant) wait, \(waiting) of all tenants", hint: "try again in a moment",
                wait: 1)
        }
        if own == 0 { turns.append(tenant) }
        queues[tenant, default: []].append(ticket)
        waiting += 1
        isHalted = false
        return decide()
    }

    /// Nobody waits for the ticket any more. False where it is not waiting: it was granted, or refused.
    package mutating func withdraw(_ ticket: Int, of tenant: TenantID) -> Bool {
        guard let index = queues[tenant]?.firstIndex(of: ticket) else { return false }
        queues[tenant]!.remove(at: index)
        waiting -= 1
        forgetIfEmpty(tenant)
        return true
    }

    package mutating func started(_ worker: Int) -> [Effect] {
        guard workers[worker] == .starting else { return [] }
        workers[worker] = .spare
        return decide()
    }

    /// A worker that was granted is free again, or used up.
    package mutating func release(_ worker: Int, isUsable: Bool, at now: Duration) -> [Effect] {
        guard case .serving(let tenant) = workers[worker] else { return [] }
        guard isUsable else { return stop(worker) + decide() }
        workers[worker] = .resting(tenant, since: now)
        return decide()
    }

    /// The process of a worker is no more.
    package mutating func gone(_ worker: Int) -> [Effect] {
        guard workers.removeValue(forKey: worker) == .starting else { return decide() }
        // Whoever waits is told now, where no other is on its way: one that fails at once would be started again and again.
        isHalted = true
        return workers.values.contains(.starting) ? [] : refuseAll()
    }

    /// Time has passed.
    package mutating func look(at now: Duration) -> [Effect] {
        var effects: [Effect] = []
        for (worker, state) in workers.sorted(by: { $0.key < $1.key }) {
            if case .resting(_, let since) = state, now - since >= limits.idle { effects += stop(worker) }
        }
        return effects + decide()
    }

    package mutating func refuseAll() -> [Effect] {
        let refused = turns.flatMap { queues[$0] ?? [] }.map { Effect.refuse(ticket: $0) }
        queues = [:]
        turns = []
        waiting = 0
        return refused
    }

    private mutating func decide() -> [Effect] { grants() + balance() }

    /// Gives workers away, one for each tenant and round. A tenant that finds none has its turn all the same: a worker that
    /// rests makes room for it before the tenant of that one, whose turn is later, has more of its work done.
    private mutating func grants() -> [Effect] {
        var effects: [Effect] = []
        var passed = 0
        var claims = 0
        while passed < turns.count {
            let tenant = turns.removeFirst()
            if let worker = worker(for: tenant) {
                workers[worker] = .serving(tenant)
                effects.append(.grant(ticket: queues[tenant]!.removeFirst(), worker: worker))
                waiting -= 1
                (passed, claims) = (0, 0)
            } else {
                passed += 1
                if serving(tenant) < limits.workersPerTenant { claims += 1 }
                if claims > coming, let tired = longestResting { effects += stop(tired) }
            }
            turns.append(tenant)
            forgetIfEmpty(tenant)
        }
        return effects
    }

    private func worker(for tenant: TenantID) -> Int? {
        guard serving(tenant) < limits.workersPerTenant else { return nil }
        let own = workers.first { if case .resting(tenant, _) = $0.value { true } else { false } }
        return own?.key ?? workers.filter { $0.value == .spare }.keys.min()
    }

    private func serving(_ tenant: TenantID) -> Int { workers.values.count { $0 == .serving(tenant) } }

    /// Starts what is short, and ends a spare that nobody is there for.
    private mutating func balance() -> [Effect] {
        var effects: [Effect] = []
        let needed = turns.reduce(0) { $0 + min(queues[$1]!.count, limits.workersPerTenant - serving($1)) }
        let isAtWork = workers.values.contains { state in
            switch state {
            case .serving, .resting: true
            case .starting, .spare, .leaving: false
            }
        }
        let spares = workers.values.count { $0 == .starting || $0 == .spare }
        // One more than is needed, so that a tenant that comes cold finds one; not where it would take the last place.
        let wanted = needed + (isAtWork || needed > 0 ? 1 : 0)
        if !isHalted || needed > 0 {
            for _ in 0..<max(0, wanted - spares) where workers.count < limits.workers {
                let number = (1...).first { workers[$0] == nil }!
                workers[number] = .starting
                effects.append(.start(worker: number))
            }
        }
        if !isAtWork, needed == 0 {
            for worker in workers.filter({ $0.value == .spare }).keys.sorted() { effects += stop(worker) }
        }
        return effects
    }

    /// Workers that there will be for whoever has none.
    private var coming: Int {
        limits.workers - workers.count + workers.values.count { $0 == .starting || $0 == .leaving }
    }

    private var longestResting: Int? {
        workers.compactMap { worker, state -> (Int, Duration)? in
            if case .resting(_, let since) = state { (worker, since) } else { nil }
        }.min { $0.1 < $1.1 }?.0
    }

    private mutating func stop(_ worker: Int) -> [Effect] {
        workers[worker] = .leaving
        return [.stop(worker: worker)]
    }

    private mutating func forgetIfEmpty(_ tenant: TenantID) {
        guard queues[tenant]?.isEmpty == true else { return }
        queues[tenant] = nil
        turns.removeAll { $0 == tenant }
    }
}
