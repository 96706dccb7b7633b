import GRDB
package import Model
package import Store
import Synchronization

/// Counts what tenants use against what their plans allow, and writes it to the ledger.
///
/// Calls and runs of workflows are counted and refused here, in memory; other meters are counters that somebody else reads and `settle` takes.
/// What was counted and not settled is lost when the daemon is killed, in the tenant's favour: seconds of calls, of
/// runs and of bytes. Processor time is not: the kernel keeps it.
package final class Metering: Sendable {
    private struct Account {
        var month: BillingMonth
        var used: [Meter: Int64]
        var terms: [Meter: MeterTerms]
        var plan: PlanID?
        /// Since the daemon started.
        var calls: [PluginID: Int64] = [:]
        var runs: Int64 = 0

        func standing(_ meter: Meter) -> UsageStanding {
            UsageStanding(meter, used: used[meter] ?? 0, terms: terms[meter])
        }

        mutating func add(runs count: Int) {
            used[.workflowRuns] = max(0, (used[.workflowRuns] ?? 0) + Int64(count))
            runs = max(0, runs + Int64(count))
        }

        mutating func turn(to now: Int64) {
            guard now >= month.end else { return }
            (month, used) = (BillingMonth(containing: now), [:])
        }
    }

    /// A meter came to a level in its month, and it is the first time.
    package struct Alert: Sendable, Hashable {
        package let tenant: TenantID
        package let standing: UsageStanding
        package let month: BillingMonth
    }

    package let ledger: UsageLedger
    package let plans: Plans
    private let now: @Sendable () -> Int64
    /// Counters of this process, as a source of readings.
    package let source: String
    private let accounts = Mutex<[TenantID: Account]>([:])
    /// What was settled last, so that nothing is written while nothing grows.
    private let settled = Mutex<[UsageReading: Int64]>([:])

    /// `now` is the wall clock in seconds since 1970.
    package init(_ store: Store, _ plans: Plans, now: @escaping @Sendable () -> Int64 = { Moment.now / 1000 }) {
        ledger = UsageLedger(store)
        self.plans = plans
        self.now = now
        source = "run-" + String(UInt64.random(in: .min ... .max), radix: 16)
    }

    /// To be called before anything of the tenant is counted: what it used this month is read from the ledger. False where
    /// it was open already.
    @discardableResult
    package func open(_ tenant: TenantID) async throws(Problem) -> Bool {
        guard accounts.withLock({ $0[tenant] == nil }) else { return false }
        let (month, plans) = (BillingMonth(containing: now()), plans)
        // As a writer, so that nothing is settled between the reading and the account.
        try await ledger.store.writeRegistry { [self] database in
            let used = try UsageLedger.sums(of: tenant, from: month.start, to: month.end, in: database)
            accounts.withLock { accounts in
                guard accounts[tenant] == nil else { return }
                let plan = plans.plan(of: tenant)
                accounts[tenant] = Account(month: month, used: used, terms: plan?.meters ?? [:], plan: plan?.id)
            }
        }
        return true
    }

    /// Counts a call, or refuses it with `quotaExceeded` where calls or processor time of the month are used up.
    package func count(_ plugin: PluginID, for tenant: TenantID) throws(Problem) {
        let now = now()
        let refusal: (UsageStanding, BillingMonth, PlanID?)?? = accounts.withLock { accounts in
            guard accounts[tenant] != nil else { return .none }
            accounts[tenant]!.turn(to: now)
            if !accounts[tenant]!.terms.isEmpty {
                let account = accounts[tenant]!
                for meter in [Meter.calls, .cpuSeconds] {
                    let standing = account.standing(meter)
                    if standing.level == .reached { return .some((standing, account.month, account.plan)) }
                }
            }
            accounts[tenant]!.used[.calls, default: 0] += 1
            accounts[tenant]!.calls[plugin, default: 0] += 1
            return .some(nil)
        }
        guard let refusal else { throw Problem(.retryLater, "tenant \(tenant) is not open") }
        guard let (standing, month, plan) = refusal else { return }
        throw Self.refusal(standing, of: tenant, plan, month, now)
    }

    /// Counts runs of workflows that are about to be accepted, or refuses them all with `quotaExceeded` where the month has not so
    /// many left. None are refused, too, where none are left.
    package func count(runs: Int, for tenant: TenantID) throws(Problem) {
        let now = now()
        let refusal: (UsageStanding, BillingMonth, PlanID?)?? = accounts.withLock { accounts in
            guard accounts[tenant] != nil else { return .none }
            accounts[tenant]!.turn(to: now)
            let account = accounts[tenant]!
            let standing = account.standing(.workflowRuns)
            if let left = standing.left, left < max(1, Int64(runs)) { return .some((standing, account.month, account.plan)) }
            accounts[tenant]!.add(runs: runs)
            return .some(nil)
        }
        guard let refusal else { throw Problem(.retryLater, "tenant \(tenant) is not open") }
        guard let (standing, month, plan) = refusal else { return }
        throw Self.refusal(standing, of: tenant, plan, month, now)
    }

    /// Counts runs that were accepted earlier and begin now, or takes back, as less than none, those that came to nothing.
    package func add(runs: Int, for tenant: TenantID) {
        let now = now()
        accounts.withLock { accounts in
            accounts[tenant]?.turn(to: now)
            accounts[tenant]?.add(runs: runs)
        }
    }

    /// Takes over what the plan of a tenant says now.
    package func replan(_ tenant: TenantID) {
        let plan = plans.plan(of: tenant)
        accounts.withLock { accounts in
            accounts[tenant]?.terms = plan?.meters ?? [:]
            accounts[tenant]?.plan = plan?.id
        }
    }

    /// Writes down what the counters, and the calls counted here, have grown by: all of it or nothing. Returns the levels
    /// that were reached by it for the first time in this month.
    package func settle(_ readings: [UsageReading]) async throws(Problem) -> [Alert] {
        let calls = accounts.withLock { accounts in
            accounts.flatMap { tenant, account in
                account.calls.map { UsageReading(.calls, of: $0.key, for: tenant, source: source, total: $0.value) }
                    + (account.runs > 0 ? [UsageReading(.workflowRuns, of: Self.workflows, for: tenant, source: source, total: account.runs)] : [])
            }
        }
        let fresh = settled.withLock { settled in (readings + calls).filter { settled[$0.key] != $0.total } }
        let now = now()
        if !fresh.isEmpty {
            try await ledger.store.writeRegistry { [self] database in
                let grown = try UsageLedger.add(fresh, at: now, to: database)
                accounts.withLock { accounts in
                    for (reading, amount) in grown where !reading.meter.isCountedHere {
                        accounts[reading.tenant]?.turn(to: now)
                        accounts[reading.tenant]?.used[reading.meter, default: 0] += amount
                    }
                }
            }
            settled.withLock { settled in for reading in fresh { settled[reading.key] = reading.total } }
        }
        return try await alerts(now)
    }

    /// How a tenant stands with every meter this month, as of the last settling; calls and runs as of now.
    package func standings(of tenant: TenantID) async throws(Problem) -> (month: BillingMonth, standings: [UsageStanding]) {
        try await open(tenant)
        let now = now()
        return accounts.withLock { accounts in
            accounts[tenant]?.turn(to: now)
            guard let account = accounts[tenant] else { return (BillingMonth(containing: now), []) }
            return (account.month, Meter.allCases.map(account.standing))
        }
    }

    /// What each tenant may still move to and from the outside this month; nil for as much as it likes.
    package var egressLeft: [TenantID: Int64?] {
        let now = now()
        return accounts.withLock { accounts in
            for tenant in accounts.keys { accounts[tenant]!.turn(to: now) }
            return accounts.mapValues { $0.standing(.egressBytes).left }
        }
    }

    /// Forgets a tenant that is removed; the registry drops its rows with it.
    package func forget(_ tenant: TenantID) {
        accounts.withLock { $0[tenant] = nil }
        settled.withLock { settled in settled = settled.filter { $0.key.tenant != tenant } }
    }

    private func alerts(_ now: Int64) async throws(Problem) -> [Alert] {
        let raised = accounts.withLock { accounts in
            accounts.flatMap { tenant, account in
                Meter.allCases.map { Alert(tenant: tenant, standing: account.standing($0), month: account.month) }
                    .filter { $0.standing.level != .within }
            }
        }
        let fresh = told.withLock { told in raised.filter { !told.contains(AlertKey($0)) } }
        var alerts: [Alert] = []
        for alert in fresh {
            if try await ledger.noteAlert(alert.standing.level, alert.standing.meter, of: alert.tenant, in: alert.month) {
                alerts.append(alert)
            }
            told.withLock { told in
                told = told.filter { $0.tenant != alert.tenant || $0.month == alert.month }
                told.insert(AlertKey(alert))
            }
        }
        return alerts
    }

    private struct AlertKey: Hashable {
        let tenant: TenantID
        let meter: Meter
        let level: UsageStanding.Level
        let month: BillingMonth

        init(_ alert: Alert) {
            (tenant, meter, level, month) = (alert.tenant, alert.standing.meter, alert.standing.level, alert.month)
        }
    }

    /// What runs are written down under, where calls have their plugin.
    private static let workflows = PluginID(unchecked: "workflows")

    /// So that the registry is not asked again and again.
    private let told = Mutex<Set<AlertKey>>([])

    private static func refusal(
        _ standing: UsageStanding, of tenant: TenantID, _ plan: PlanID?, _ month: BillingMonth, _ now: Int64
    ) -> Problem {
        let next = BillingMonth(containing: month.end)
        return Problem(
            .quotaExceeded,
            "the \(standing.meter.noun) of tenant \(tenant) for \(month) are used up: "
                + "\(standing.used / standing.meter.scale) of the \(standing.terms?.limit ?? 0) of plan \(plan?.rawValue ?? "")",
            hint: "again from \(next)-01 (UTC) on, or with a plan that allows more", wait: month.end - now)
    }
}

extension UsageReading {
    /// The counter without what it stands at.
    fileprivate var key: UsageReading { UsageReading(meter, of: plugin, for: tenant, source: source, total: 0) }
}
