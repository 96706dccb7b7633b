import HostTesting
import Model
import Store
import Synchronization

@testable import Tenancy

/// A store with two tenants, plans, and a clock that moves when it is told to.
struct UsageFixture: Sendable {
    final class Clock: Sendable {
        private let time: Mutex<Int64>
        init(_ time: Int64) { self.time = Mutex(time) }
        var now: Int64 { time.withLock { $0 } }
        func move(by seconds: Int64) { time.withLock { $0 += seconds } }

        func move(to month: String, hour: Int64 = 0) {
            guard let month = try? BillingMonth(month) else { return }
            time.withLock { $0 = month.start + hour * 3600 }
        }
    }

    let store: Store
    let plans: Plans
    let metering: Metering
    let invoices: Invoices
    let clock: Clock
    let acme = TenantID(unchecked: "acme")
    let globex = TenantID(unchecked: "globex")
    let probe = PluginID(unchecked: "probe")

    static func with(_ body: (UsageFixture) async throws -> Void) async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        var options = Store.Options()
        options.registrySteps = Plans.steps + UsageLedger.steps + Invoices.steps
        let store = try await Store.open(folder, options)
        // Tenants are as old as the machine's clock says.
        let clock = Clock(Moment.now / 1000)
        clock.move(to: BillingMonth(containing: clock.now).description)
        let plans = try await Plans(store)
        let metering = Metering(store, plans) { clock.now }
        let usage = UsageFixture(
            store: store, plans: plans, metering: metering, invoices: Invoices(store, metering, now: { clock.now }) { String($0) },
            clock: clock)
        for tenant in [usage.acme, usage.globex] { _ = try await store.createTenant(tenant) }
        try await body(usage)
        await store.close()
    }

    /// Makes a plan of those terms and gives it to a tenant.
    func set(_ id: PlanID, _ terms: [String: JSONValue], for tenant: TenantID) async throws {
        let basis: [String: JSONValue] = ["name": "Plan", "currency": "EUR"]
        _ = try await plans.set(try Plan(id, .object(basis.merging(terms) { $1 })), now: clock.now)
        try await plans.choose(id, for: tenant, now: clock.now)
        metering.replan(tenant)
    }

    func cpu(_ microseconds: Int64, source: String = "group") -> UsageReading {
        UsageReading(.cpuSeconds, of: probe, for: acme, source: source, total: microseconds)
    }

    func month() -> BillingMonth { BillingMonth(containing: clock.now) }

    func used(_ meter: Meter, by tenant: TenantID) async throws -> Int64 {
        try await metering.ledger.sums(of: tenant, from: month().start, to: month().end)[meter] ?? 0
    }
}
