import Egress
import Logging
import Model
import Plugins
import Sandbox
import Store
import Synchronization
import Tenancy
import Workflows

/// Where plugins are counted. A tenant's share of the way out is known before the first of its plugins runs.
struct UsageDesk: UsageMeter, RunMeter {
    let metering: Metering
    let egress: Egress

    func open(_ tenant: TenantID) async throws(Problem) {
        guard try await metering.open(tenant), let left = metering.egressLeft[tenant] else { return }
        egress.allow(left, for: tenant)
    }

    func count(_ plugin: PluginID, for tenant: TenantID) throws(Problem) { try metering.count(plugin, for: tenant) }

    func openRuns(of tenant: TenantID) async throws(Problem) { try await open(tenant) }
    func count(runs: Int, for tenant: TenantID) throws(Problem) { try metering.count(runs: runs, for: tenant) }
    func add(runs: Int, for tenant: TenantID) { metering.add(runs: runs, for: tenant) }
}

/// What tenants use is read where it is counted, in the kernel and in the way out, and goes to the ledger.
extension Daemon {
    private static let pause = Duration.seconds(5)
    /// Settlings between two looks at what has become old.
    private static let housekeeping = 720
    /// Settlings between two looks at what tenants keep on disk: a quarter of an hour.
    private static let storageLooks = 180

    /// Settles every few seconds, and does the ledger's housekeeping every hour, until its task is cancelled.
    func watchUsage() async {
        await report { () async throws(Problem) in
            _ = try await metering.settle(leftovers.map(UsageReading.init))
        }
        var round = 0
        repeat {
            if round % Self.storageLooks == 0 { await measureStorage() }
            await settleUsage()
            if round % Self.housekeeping == 0 {
                await report { () async throws(Problem) in
                    // Invoices first: they are reckoned from what is about to be put together.
                    try await invoices.close()
                    try await metering.ledger.compact(now: Moment.now / 1000)
                }
            }
            round += 1
        } while (try? await Task.sleep(for: Self.pause)) != nil
    }

    /// Writes down what was used until now, holds tenants to what is left to them, and tells who has come near the end.
    func settleUsage() async {
        await report { () async throws(Problem) in
            let alerts = try await metering.settle(await usageReadings())
            for (tenant, left) in metering.egressLeft { egress.allow(left, for: tenant) }
            for alert in alerts { await tell(alert) }
        }
    }

    /// Looks at what every tenant keeps on disk, for the time since the last look. Walks over all their files.
    func measureStorage(at time: Duration? = nil) async {
        await report { () async throws(Problem) in
            var bytes: [TenantID: Int64] = [:]
            for tenant in try await store.tenants() where tenant.state == .active {
                // The next look at one that cannot be measured counts for the time until then.
                guard let used = try? await host.diskUsage(of: tenant.id) else { continue }
                bytes[tenant.id] = used.bytes
                // Who comes near the end of it is told also where nothing else is counted.
                if plans.plan(of: tenant.id)?.meters[.storageHours] != nil { _ = try await metering.open(tenant.id) }
            }
            let (found, now) = (bytes, time ?? (ContinuousClock.now - started))
            storage.withLock { $0.note(found, at: now) }
        }
    }

    /// Puts the plans that tenants have now in force: for what runs at once. What the kernel refuses of one holds up no
    /// other, and is thrown at the end.
    func applyPlans(of tenants: [TenantID]) async throws(Problem) {
        for tenant in tenants { metering.replan(tenant) }
        var refusal: Problem?
        for tenant in tenants {
            await store.applyQuota(of: tenant)
            do throws(Problem) {
                try groups?.setQuota(try await store.record(of: tenant).quota, tenant: tenant)
            } catch {
                refusal = error
            }
        }
        await settleUsage()
        if let refusal { throw refusal }
    }

    private func usageReadings() async -> [UsageReading] {
        let groups = groups
        let counters = (try? await Blocking.run { () throws(Problem) in groups?.counters() ?? [] }) ?? []
        let source = metering.source
        return counters.map(UsageReading.init) + storage.withLock { $0.readings(source: source) }
            + egress.usages.map { owner, usage in
                UsageReading(
                    .egressBytes, of: owner.plugin, for: owner.tenant, source: source, total: usage.sent + usage.received)
            }
    }

    private func tell(_ alert: Metering.Alert) async {
        let (standing, hooks) = (alert.standing, host.hooks)
        let isReached = standing.level == .reached
        logger.warning(
            "\(isReached ? "used up" : "four fifths used"): \(standing.meter.rawValue) of \(alert.month)",
            metadata: ["tenant": "\(alert.tenant)"])
        let value: JSONValue = [
            "tenant": .string(alert.tenant.rawValue), "meter": .string(standing.meter.rawValue),
            "month": .string(alert.month.description), "used": standing.meter.amount(standing.used),
            "limit": JSONValue(standing.terms?.limit),
        ]
        let measure = "\(standing.meter.rawValue) of \(alert.month)"
        await notify(
            alert.tenant,
            isReached
                ? Notice(.quotaReached, about: measure, "What the plan allows is used up; more is refused until the month is over.")
                : Notice(.quotaWarning, about: measure, "Four fifths of what the plan allows or includes are used."))
        // Handlers may take their time; the ledger does not wait for them.
        Task { _ = try? await hooks.raise(isReached ? "tenant.usage-reached" : "tenant.usage-near", value, for: alert.tenant) }
    }

    private func report(_ work: () async throws(Problem) -> Void) async {
        do throws(Problem) { try await work() } catch { logger.error("usage not written down: \(error)") }
    }
}

extension UsageReading {
    fileprivate init(_ counter: GroupCounter) {
        self.init(
            .cpuSeconds, of: counter.plugin, for: counter.tenant, source: counter.source, total: counter.cpuMicroseconds)
    }
}
