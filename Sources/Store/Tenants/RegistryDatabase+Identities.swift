import GRDB
import Model

/// The identities under which plugins run: a slot is a number that no two plugins of any tenant share, so that the owner
/// of a file on disk tells whose it is.
extension RegistryDatabase {
    /// The slot of a plugin of an active tenant: the one it has, else the lowest free one below `limit`. Free again only
    /// when the data is gone.
    func slot(of plugin: PluginID, for tenant: TenantID, below limit: Int) async throws(Problem) -> Int {
        try await file.write { database in
            let known = try Int.fetchOne(
                database, sql: "SELECT slot FROM identity WHERE tenant = ? AND plugin = ?",
                arguments: [tenant.rawValue, plugin.rawValue])
            if let known {
                guard known < limit else { throw Self.exhausted(limit) }
                return known
            }
            let isActive = try Bool.fetchOne(
                database, sql: "SELECT state = 'active' FROM tenant WHERE id = ?", arguments: [tenant.rawValue])
            guard isActive == true else { throw Problem(.notFound, "tenant not found: \(tenant)") }
            let free = try Int.fetchOne(
                database,
                sql: """
                    SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM identity WHERE slot = 0)
                    UNION ALL
                    SELECT slot + 1 FROM identity AS used
                    WHERE NOT EXISTS (SELECT 1 FROM identity WHERE slot = used.slot + 1)
                    ORDER BY 1 LIMIT 1
                    """)
            guard let free, free < limit else { throw Self.exhausted(limit) }
            try database.execute(
                sql: "INSERT INTO identity (tenant, plugin, slot) VALUES (?, ?, ?)",
                arguments: [tenant.rawValue, plugin.rawValue, free])
            return free
        }
    }

    /// Gives a slot back. Only when nothing on disk belongs to it any more.
    func releaseSlot(of plugin: PluginID, for tenant: TenantID) async throws(Problem) {
        try await file.write { database in
            try database.execute(
                sql: "DELETE FROM identity WHERE tenant = ? AND plugin = ?",
                arguments: [tenant.rawValue, plugin.rawValue])
        }
    }

    private static func exhausted(_ limit: Int) -> Problem {
        Problem(
            .quotaExceeded, "no free user number for another plugin: all \(limit) are taken",
            hint: "add a wider range for the daemon's user to /etc/subuid and /etc/subgid")
    }
}
