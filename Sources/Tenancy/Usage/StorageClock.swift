package import Model

/// What tenants keep on disk, as use that grows with time: gibibytes times hours. A value; pure.
package struct StorageClock: Sendable {
    private struct Account {
        var looked: Duration
        /// In gibibyte-hours.
        var total = 0.0
    }

    private var accounts: [TenantID: Account] = [:]

    package init() {}

    /// Takes what was found on disk at a time of a clock that never goes back. It counts for the time since the last look;
    /// the first look at a tenant begins its time. Who is not among `bytes` could not be looked at: the next look counts for
    /// that time, too.
    package mutating func note(_ bytes: [TenantID: Int64], at time: Duration) {
        for (tenant, bytes) in bytes {
            var account = accounts[tenant] ?? Account(looked: time)
            let hours = max(.zero, time - account.looked) / .seconds(3600)
            account.total += hours * Double(max(0, bytes)) / Double(1 << 30)
            account.looked = time
            accounts[tenant] = account
        }
    }

    /// Of a tenant that is removed: another one of its name owes nothing for it.
    package mutating func forget(_ tenant: TenantID) { accounts[tenant] = nil }

    /// The counters as they stand, for the ledger.
    package func readings(source: String) -> [UsageReading] {
        accounts.compactMap { tenant, account in
            let total = Int64(account.total * Double(Meter.storageHours.scale))
            guard total > 0 else { return nil }
            return UsageReading(.storageHours, of: Self.writtenUnder, for: tenant, source: source, total: total)
        }
    }

    /// Where calls have their plugin.
    private static let writtenUnder = PluginID(unchecked: "storage")
}
