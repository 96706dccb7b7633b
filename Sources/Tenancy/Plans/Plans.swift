import GRDB
package import Model
package import Store
import Synchronization

/// The plans of this platform, and which tenant has which. In the registry, and in memory to be asked at every request.
package final class Plans: Sendable {
    package static let steps = [
        MigrationStep("tenancy 3 plans") { database in
            try database.execute(
                sql: """
                    CREATE TABLE plan (
                        id TEXT PRIMARY KEY,
                        document TEXT NOT NULL
                    ) STRICT;
                    CREATE TABLE tenantPlan (
                        tenant TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
                        since INTEGER NOT NULL,
                        plan TEXT,
                        document TEXT,
                        PRIMARY KEY (tenant, since)
                    ) STRICT, WITHOUT ROWID;
                    """)
        }
    ]

    /// More would be a mistake of a program.
    package static let most = 1000

    private struct State {
        var plans: [PlanID: Plan] = [:]
        var chosen: [TenantID: PlanID] = [:]
    }

    let store: Store
    private let state: Mutex<State>

    package init(_ store: Store) async throws(Problem) {
        self.store = store
        state = Mutex(try await store.readRegistry { try Self.read($0) })
    }

    /// By name.
    package var all: [Plan] { state.withLock { $0.plans.values.sorted { $0.id < $1.id } } }

    package func plan(of tenant: TenantID) -> Plan? {
        state.withLock { state in state.chosen[tenant].flatMap { state.plans[$0] } }
    }

    package func find(_ id: PlanID) throws(Problem) -> Plan {
        let (plan, names) = state.withLock { ($0.plans[id], $0.plans.keys.map(\.rawValue)) }
        guard let plan else {
            throw Problem(
                .notFound, "plan not found: \(id)",
                hint: names.nearest(to: id.rawValue).map { "did you mean \($0)?" } ?? "`cloister plan list` shows all")
        }
        return plan
    }

    /// Makes a plan, or gives one other terms. They hold for the tenants that have it from the hour of `now` on, and their
    /// quotas become the plan's. Returns those tenants.
    package func set(_ plan: Plan, now: Int64) async throws(Problem) -> [TenantID] {
        let text = plan.json.compactText
        return try await change { database in
            let isNew = try String.fetchOne(database, sql: "SELECT id FROM plan WHERE id = ?", arguments: [plan.id.rawValue]) == nil
            let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM plan") ?? 0
            if isNew, count >= Self.most { throw Problem(.quotaExceeded, "there are \(count) plans", hint: "delete some first") }
            try database.execute(
                sql: "INSERT INTO plan (id, document) VALUES (?, ?) ON CONFLICT DO UPDATE SET document = excluded.document",
                arguments: [plan.id.rawValue, text])
            let tenants = try Self.tenants(with: plan.id, in: database)
            for tenant in tenants { try Self.choose(plan, text, for: tenant, now: now, in: database) }
            return tenants
        }
    }

    /// Throws `conflict` where a tenant has it.
    package func delete(_ id: PlanID) async throws(Problem) -> Plan {
        let plan = try find(id)
        try await change { database in
            if let tenant = try Self.tenants(with: id, in: database).first {
                throw Problem(
                    .conflict, "plan \(id) is the plan of tenant \(tenant)",
                    hint: "give its tenants another one first: cloister tenant plan \(tenant) --set PLAN")
            }
            try database.execute(sql: "DELETE FROM plan WHERE id = ?", arguments: [id.rawValue])
        }
        return plan
    }

    /// Gives a tenant a plan from the hour of `now` on, and with it the plan's quota; nil takes the plan away and leaves the
    /// quota as it is.
    package func choose(_ id: PlanID?, for tenant: TenantID, now: Int64) async throws(Problem) {
        _ = try await store.tenant(tenant)
        if let id { _ = try find(id) }
        try await change { database in
            guard let id else { return try Self.choose(nil, nil, for: tenant, now: now, in: database) }
            guard let text = try String.fetchOne(database, sql: "SELECT document FROM plan WHERE id = ?", arguments: [id.rawValue])
            else { throw Problem(.notFound, "plan not found: \(id)") }
            try Self.choose(try Self.plan(id, text), text, for: tenant, now: now, in: database)
        }
    }

    /// What the tenant had when, the oldest first; nil is none from then on.
    package func history(of tenant: TenantID) async throws(Problem) -> [(since: Int64, plan: Plan?)] {
        try await store.readRegistry { database in
            try Row.fetchAll(
                database, sql: "SELECT since, plan, document FROM tenantPlan WHERE tenant = ? ORDER BY since",
                arguments: [tenant.rawValue]
            ).map { row in
                guard let id = (row["plan"] as String?).flatMap(PlanID.init(rawValue:)), let text: String = row["document"]
                else { return (since: row["since"] as Int64, plan: nil) }
                return (since: row["since"] as Int64, plan: try Self.plan(id, text))
            }
        }
    }

    /// Forgets a tenant that is removed; the registry drops its rows with it.
    package func forget(_ tenant: TenantID) { state.withLock { $0.chosen[tenant] = nil } }

    /// Memory ends as the registry does, whether the change was made or not.
    private func change<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value {
        do throws(Problem) {
            return try await store.writeRegistry { [self] database in
                let value = try body(database)
                let known = try Self.read(database)
                // In here, where writers come one after the other.
                state.withLock { $0 = known }
                return value
            }
        } catch {
            if let known = try? await store.readRegistry({ try Self.read($0) }) { state.withLock { $0 = known } }
            throw error
        }
    }

    private static func choose(
        _ plan: Plan?, _ text: String?, for tenant: TenantID, now: Int64, in database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO tenantPlan (tenant, since, plan, document) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET plan = excluded.plan, document = excluded.document
                """,
            arguments: [tenant.rawValue, now - now % UsageLedger.hour, plan?.id.rawValue, text])
        // Older than any bill: all but the last of them.
        try database.execute(
            sql: """
                DELETE FROM tenantPlan WHERE tenant = ?1 AND since < (
                    SELECT max(since) FROM tenantPlan WHERE tenant = ?1 AND since < ?2)
                """, arguments: [tenant.rawValue, now - UsageLedger.hoursKept])
        if let plan { try Store.setQuota(plan.quota, of: tenant, in: database) }
    }

    private static func tenants(with plan: PlanID, in database: Database) throws -> [TenantID] {
        try read(database).chosen.filter { $0.value == plan }.map(\.key).sorted()
    }

    private static func read(_ database: Database) throws -> State {
        var state = State()
        for row in try Row.fetchAll(database, sql: "SELECT id, document FROM plan") {
            guard let id = PlanID(rawValue: row["id"]) else { continue }
            state.plans[id] = try plan(id, row["document"])
        }
        let rows = try Row.fetchAll(database, sql: "SELECT tenant, plan, max(since) FROM tenantPlan GROUP BY tenant")
        for row in rows {
            guard let tenant = TenantID(rawValue: row["tenant"]), let id = (row["plan"] as String?).flatMap(PlanID.init(rawValue:))
            else { continue }
            state.chosen[tenant] = id
        }
        return state
    }

    private static func plan(_ id: PlanID, _ text: String) throws(Problem) -> Plan {
        do throws(Problem) { return try Plan(id, try JSONValue.parse(Array(text.utf8))) } catch {
            throw Problem(.internalFault, "plan \(id) cannot be read", hint: "set it anew", cause: error.message)
        }
    }
}
