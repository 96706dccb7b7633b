import GRDB
package import Model
import Store

/// What a tenant used over a time, in equal parts of it.
package struct UsageHistory: Sendable {
    package enum Bucket: String, Sendable, CaseIterable {
        case minute, hour, day, month
    }

    package struct Part: Sendable {
        /// Seconds since 1970.
        package let start: Int64
        package let used: [Meter: Int64]
        /// The same by plugin.
        package let plugins: [PluginID: [Meter: Int64]]
    }

    /// Parts in one answer.
    package static let most = 1500

    package let parts: [Part]
}

extension UsageLedger {
    /// The parts in which something was used, the oldest first. `from` and `to` are widened to whole parts.
    ///
    /// Throws `invalidInput` where the span has more than 1,500 parts, or minutes are asked for that were put together
    /// to hours.
    package func history(
        of tenant: TenantID, from: Int64, to: Int64, by bucket: UsageHistory.Bucket, now: Int64
    ) async throws(Problem) -> UsageHistory {
        guard from < to else { throw Problem(.invalidInput, "/to: not after /from") }
        let width: Int64
        switch bucket {
        case .minute: width = Self.minute
        case .hour: width = Self.hour
        // Months have a day's parts, put together below.
        case .day, .month: width = 24 * Self.hour
        }
        guard (to - from) / width <= UsageHistory.most else {
            throw Problem(
                .invalidInput, "/bucket: more than \(UsageHistory.most) parts", hint: "take a wider bucket, or a shorter time")
        }
        if bucket == .minute, from < now - Self.minutesKept {
            throw Problem(.invalidInput, "/from: minutes are kept apart for 48 hours", hint: "take the bucket hour")
        }
        let (start, end): (Int64, Int64)
        if bucket == .month {
            (start, end) = (BillingMonth(containing: from).start, BillingMonth(containing: to - 1).end)
        } else {
            (start, end) = (from - from % width, to + (width - to % width) % width)
        }
        let rows = try await store.readRegistry { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT start / ?2 * ?2 AS part, meter, plugin, sum(amount) AS amount FROM usage
                    WHERE tenant = ?1 AND start >= ?3 AND start < ?4 GROUP BY part, meter, plugin ORDER BY part
                    """, arguments: [tenant.rawValue, width, start, end]
            ).map { (part: $0["part"] as Int64, meter: $0["meter"] as String, plugin: $0["plugin"] as String, amount: $0["amount"] as Int64) }
        }
        var parts: [Int64: [PluginID: [Meter: Int64]]] = [:]
        for row in rows {
            guard let meter = Meter(rawValue: row.meter), let plugin = PluginID(rawValue: row.plugin) else { continue }
            let part = bucket == .month ? BillingMonth(containing: row.part).start : row.part
            parts[part, default: [:]][plugin, default: [:]][meter, default: 0] += row.amount
        }
        return UsageHistory(
            parts: parts.sorted { $0.key < $1.key }.map { start, plugins in
                UsageHistory.Part(
                    start: start, used: plugins.values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }, plugins: plugins)
            })
    }
}
