import Control
import Model
import Store
import Tenancy

extension DaemonHandler {
    func perform(_ request: PlanRequest, for caller: Caller) async throws(Problem) -> JSONValue {
        switch request {
        case .list: return ["plans": .array(daemon.plans.all.map(\.report))]
        case .show(let plan): return try daemon.plans.find(plan).report
        case .set(let id, let terms):
            let plan = try Plan(id, terms)
            try await daemon.applyPlans(of: try await daemon.plans.set(plan, now: Self.now))
            return plan.report
        case .delete(let plan): return try await daemon.plans.delete(plan).report
        case .ofTenant(let tenant): return try await plan(of: tenant)
        case .choose(let plan, let tenant):
            try await daemon.plans.choose(plan, for: tenant, now: Self.now)
            try await daemon.applyPlans(of: [tenant])
            await raise("tenant.quota-changed", tenant)
            return try await self.plan(of: tenant)
        case .usage(let query): return try await usage(query)
        case .invoices(let tenant, let month): return try await invoices(of: tenant, month, caller)
        }
    }

    private static var now: Int64 { Moment.now / 1000 }

    private func plan(of tenant: TenantID) async throws(Problem) -> JSONValue {
        _ = try await daemon.store.record(of: tenant)
        return ["tenant": .string(tenant.rawValue), "plan": daemon.plans.plan(of: tenant)?.report ?? .null]
    }

    private func usage(_ query: UsageQuery) async throws(Problem) -> JSONValue {
        _ = try await daemon.store.tenant(query.tenant)
        let bucket = try query.bucket.map { (text) throws(Problem) in
            guard let bucket = UsageHistory.Bucket(rawValue: text) else {
                throw Problem(
                    .invalidInput, "/bucket: unknown: \(text.prefix(20).debugDescription)",
                    hint: UsageHistory.Bucket.allCases.map(\.rawValue).joined(separator: ", "))
            }
            return bucket
        }
        await daemon.settleUsage()
        let (month, standings) = try await daemon.metering.standings(of: query.tenant)
        let from = try query.from.map { (text) throws(Problem) in try Timestamp(text, at: "/from").milliseconds / 1000 }
        let to = try query.to.map { (text) throws(Problem) in try Timestamp(text, at: "/to").milliseconds / 1000 }
        let end = to ?? Self.now + 1
        let start = from ?? (bucket == .minute ? end - 3600 : min(month.start, end - 1))
        let history = try await daemon.metering.ledger.history(
            of: query.tenant, from: start, to: end, by: bucket ?? .day, now: Self.now)
        return [
            "tenant": .string(query.tenant.rawValue), "month": .string(month.description),
            "plan": JSONValue(daemon.plans.plan(of: query.tenant)?.id.rawValue),
            "resets": .string(Timestamp(milliseconds: month.end * 1000).description),
            "standings": .array(standings.map(\.report)), "bucket": .string((bucket ?? .day).rawValue),
            "parts": .array(
                history.parts.map { part in
                    [
                        "start": .string(Timestamp(milliseconds: part.start * 1000).description), "used": Self.amounts(part.used),
                        "plugins": .object(
                            Dictionary(uniqueKeysWithValues: part.plugins.map { ($0.key.rawValue, Self.amounts($0.value)) })),
                    ]
                }),
        ]
    }

    private static func amounts(_ used: [Meter: Int64]) -> JSONValue {
        .object(Dictionary(uniqueKeysWithValues: Meter.allCases.map { ($0.rawValue, $0.amount(used[$0] ?? 0)) }))
    }

    /// One that is gone has its last ones; they are shown to operators alone, as its name may be another's by now.
    private func invoices(of tenant: TenantID, _ text: String?, _ caller: Caller) async throws(Problem) -> JSONValue {
        let month = try text.map { (text) throws(Problem) in try BillingMonth(text) } ?? BillingMonth(containing: Self.now)
        await daemon.settleUsage()
        do throws(Problem) {
            return ["invoices": [try await daemon.invoices.invoice(of: tenant, month)]]
        } catch {
            guard error.code == .notFound, caller.principal.tenant == nil else { throw error }
            let past = try await daemon.invoices.past(tenant, month)
            guard !past.isEmpty else { throw error }
            return ["invoices": .array(past)]
        }
    }
}

extension Plan {
    /// Its terms and its name.
    fileprivate var report: JSONValue {
        .object((json.object ?? [:]).merging(["id": .string(id.rawValue)]) { $1 })
    }
}

extension UsageStanding {
    fileprivate var report: JSONValue {
        [
            "meter": .string(meter.rawValue), "used": meter.amount(used), "included": JSONValue(terms?.included),
            "limit": JSONValue(terms?.limit), "level": .string(level.rawValue),
        ]
    }
}
