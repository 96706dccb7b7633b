import GRDB
package import Model
package import Store

/// What tenants have used, in the registry: it is the platform's record of a tenant and not the tenant's own, so that no
/// restored backup takes a bill back.
///
/// Rows hold what was used in a span of time: a minute of the latest two days, an hour of the latest 400. Older ones go.
package struct UsageLedger: Sendable {
    package static let steps = [
        MigrationStep("tenancy 4 usage") { database in
            try database.execute(
                sql: """
                    CREATE TABLE usage (
                        tenant TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
                        start INTEGER NOT NULL,
                        width INTEGER NOT NULL,
                        meter TEXT NOT NULL,
                        plugin TEXT NOT NULL,
                        amount INTEGER NOT NULL,
                        PRIMARY KEY (tenant, start, width, meter, plugin)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE usageMark (
                        tenant TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
                        meter TEXT NOT NULL,
                        plugin TEXT NOT NULL,
                        source TEXT NOT NULL,
                        total INTEGER NOT NULL,
                        PRIMARY KEY (tenant, meter, plugin)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE usageAlert (
                        tenant TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
                        month INTEGER NOT NULL,
                        meter TEXT NOT NULL,
                        level TEXT NOT NULL,
                        PRIMARY KEY (tenant, month, meter, level)
                    ) STRICT, WITHOUT ROWID;
                    """)
        }
    ]

    static let minute: Int64 = 60
    static let hour: Int64 = 3600
    /// How long minutes are kept apart, and hours at all. In seconds.
    static let minutesKept = 48 * hour
    static let hoursKept = 400 * 24 * hour

    let store: Store

    package init(_ store: Store) { self.store = store }

    /// Adds what counters have grown by since they were last written down, in the minute of `now`. What a counter that
    /// began anew stands at is all new. A reading twice adds nothing the second time. Returns what was added.
    static func add(_ readings: [UsageReading], at now: Int64, to database: Database) throws -> [UsageReading: Int64] {
        var grown: [UsageReading: Int64] = [:]
        var known: [TenantID: Bool] = [:]
        for reading in readings {
            let isKnown = try known[reading.tenant] ?? Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM tenant WHERE id = ?)", arguments: [reading.tenant.rawValue])
            known[reading.tenant] = isKnown
            guard isKnown == true else { continue }
            let key = [reading.tenant.rawValue, reading.meter.rawValue, reading.plugin.rawValue]
            let mark = try Row.fetchOne(
                database, sql: "SELECT source, total FROM usageMark WHERE tenant = ? AND meter = ? AND plugin = ?",
                arguments: StatementArguments(key))
            let isSame = mark?["source"] == reading.source
            let before: Int64 = isSame ? mark?["total"] ?? 0 : 0
            // Who read before another and writes after it adds nothing.
            guard reading.total > before else { continue }
            try database.execute(
                sql: """
                    INSERT INTO usageMark (tenant, meter, plugin, source, total) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET source = excluded.source, total = excluded.total
                    """, arguments: StatementArguments(key + [reading.source]) + [reading.total])
            try database.execute(
                sql: """
                    INSERT INTO usage (tenant, start, width, meter, plugin, amount) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET amount = amount + excluded.amount
                    """,
                arguments: [
                    key[0], now - now % minute, minute, key[1], key[2], reading.total - before,
                ])
            grown[reading] = reading.total - before
        }
        return grown
    }

    /// What a tenant used in a span of time that begins and ends with an hour.
    static func sums(of tenant: TenantID, from start: Int64, to end: Int64, in database: Database) throws -> [Meter: Int64] {
        var sums: [Meter: Int64] = [:]
        let rows = try Row.fetchCursor(
            database,
            sql: "SELECT meter, sum(amount) AS amount FROM usage WHERE tenant = ? AND start >= ? AND start < ? GROUP BY meter",
            arguments: [tenant.rawValue, start, end])
        while let row = try rows.next() {
            guard let meter = Meter(rawValue: row["meter"]) else { continue }
            sums[meter] = row["amount"]
        }
        return sums
    }

    package func sums(of tenant: TenantID, from start: Int64, to end: Int64) async throws(Problem) -> [Meter: Int64] {
        try await store.readRegistry { try Self.sums(of: tenant, from: start, to: end, in: $0) }
    }

    /// Puts minutes that are past together to hours, and drops what is older than it is kept. What a tenant used in any
    /// whole hour stays the same.
    package func compact(now: Int64) async throws(Problem) {
        let (minutes, hours) = (now - Self.minutesKept, now - Self.hoursKept)
        try await store.writeRegistry { database in
            let edge = minutes - minutes % Self.hour
            try database.execute(
                sql: """
                    INSERT INTO usage (tenant, start, width, meter, plugin, amount)
                    SELECT tenant, start - start % ?2, ?2, meter, plugin, sum(amount) FROM usage
                    WHERE width = ?1 AND start < ?3 GROUP BY tenant, start / ?2, meter, plugin
                    ON CONFLICT DO UPDATE SET amount = amount + excluded.amount
                    """, arguments: [Self.minute, Self.hour, edge])
            try database.execute(sql: "DELETE FROM usage WHERE width = ? AND start < ?", arguments: [Self.minute, edge])
            try database.execute(sql: "DELETE FROM usage WHERE start < ?", arguments: [hours])
            try database.execute(sql: "DELETE FROM usageAlert WHERE month < ?", arguments: [hours])
        }
    }

    /// Remembers that something was told; false where it was told before.
    func noteAlert(_ level: UsageStanding.Level, _ meter: Meter, of tenant: TenantID, in month: BillingMonth) async throws(Problem) -> Bool {
        try await store.writeRegistry { database in
            try database.execute(
                sql: """
                    INSERT OR IGNORE INTO usageAlert (tenant, month, meter, level)
                    SELECT id, ?, ?, ? FROM tenant WHERE id = ?
                    """, arguments: [month.start, meter.rawValue, level.rawValue, tenant.rawValue])
            return database.changesCount > 0
        }
    }
}
