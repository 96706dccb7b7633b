import GRDB
package import Model
package import Store
import Synchronization

/// Which features tenants lack. Everything is on until somebody turns it off.
///
/// Kept in the registry beside the quotas, for it is the platform's decision and not the tenant's, and in memory, to be
/// asked at every request. `check` is the one place that refuses.
package final class Features: Sendable {
    package static let steps = [
        MigrationStep("4 features") { database in
            try database.execute(
                sql: """
                    CREATE TABLE featureOff (
                        tenant TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
                        feature TEXT NOT NULL,
                        PRIMARY KEY (tenant, feature)
                    ) STRICT
                    """)
        }
    ]

    private let store: Store
    private let off: Mutex<[TenantID: Set<Feature>]>

    package init(_ store: Store) async throws(Problem) {
        self.store = store
        let rows = try await store.readRegistry { database in
            try Row.fetchAll(database, sql: "SELECT tenant, feature FROM featureOff")
                .map { (tenant: $0["tenant"] as String, feature: $0["feature"] as String) }
        }
        var off: [TenantID: Set<Feature>] = [:]
        for row in rows {
            // One that a newer daemon knew turns nothing off here.
            guard let tenant = TenantID(rawValue: row.tenant), let feature = Feature(rawValue: row.feature) else { continue }
            off[tenant, default: []].insert(feature)
        }
        self.off = Mutex(off)
    }

    package func isOn(_ feature: Feature, for tenant: TenantID) -> Bool {
        off.withLock { $0[tenant]?.contains(feature) != true }
    }

    /// Throws `permissionDenied` where the tenant lacks it.
    package func check(_ feature: Feature, for tenant: TenantID) throws(Problem) {
        guard !isOn(feature, for: tenant) else { return }
        throw Problem(
            .permissionDenied, "tenant \(tenant) does not have the feature \(feature.rawValue)",
            hint: "an operator turns it on: cloister whitelabel features set --tenant \(tenant) --on \(feature.rawValue)")
    }

    /// Each feature and whether the tenant has it.
    package func all(of tenant: TenantID) async throws(Problem) -> [Feature: Bool] {
        _ = try await store.record(of: tenant)
        return Dictionary(uniqueKeysWithValues: Feature.allCases.map { ($0, isOn($0, for: tenant)) })
    }

    /// Turns some on and some off; the others stay as they are. Holds from the next request on when this returns.
    package func set(_ changes: [Feature: Bool], of tenant: TenantID) async throws(Problem) {
        _ = try await store.tenant(tenant)
        do throws(Problem) {
            try await store.writeRegistry { [self] database in
                for (feature, isOn) in changes {
                    try database.execute(
                        sql: isOn
                            ? "DELETE FROM featureOff WHERE tenant = ? AND feature = ?"
                            : "INSERT OR IGNORE INTO featureOff (tenant, feature) VALUES (?, ?)",
                        arguments: [tenant.rawValue, feature.rawValue])
                }
                // In here, where writers come one after the other: memory ends as the registry does.
                let known = try Self.off(of: tenant, in: database)
                off.withLock { $0[tenant] = known.isEmpty ? nil : known }
            }
        } catch {
            if let known = try? await store.readRegistry({ try Self.off(of: tenant, in: $0) }) {
                off.withLock { $0[tenant] = known.isEmpty ? nil : known }
            }
            throw error
        }
    }

    private static func off(of tenant: TenantID, in database: Database) throws -> Set<Feature> {
        let sql = "SELECT feature FROM featureOff WHERE tenant = ?"
        return Set(try String.fetchAll(database, sql: sql, arguments: [tenant.rawValue]).compactMap(Feature.init(rawValue:)))
    }

    /// Forgets a tenant that is removed; the registry drops its rows with it.
    package func forget(_ tenant: TenantID) { off.withLock { $0[tenant] = nil } }
}
