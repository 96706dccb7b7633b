import GRDB
import Model

extension RegistryDatabase {
    func tenants() async throws(Problem) -> [Tenant] {
        try await file.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM tenant ORDER BY id").map { try Tenant($0) }
        }
    }

    func activeTenants(after cursor: String?, limit: Int?) async throws(Problem) -> KeysetPage<Tenant> {
        let found = try await file.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM tenant WHERE state = 'active' AND id > ? ORDER BY id LIMIT ?",
                // No name is empty.
                arguments: [cursor ?? "", KeysetPage<Tenant>.reads(limit)]
            ).map { try Tenant($0) }
        }
        return KeysetPage(found, limit: limit) { $0.id.rawValue }
    }

    /// The tenant, or `notFound` with the name that was probably meant.
    func tenant(_ id: TenantID) async throws(Problem) -> Tenant {
        let (known, mark) = records.find(id)
        if let known { return known }
        let record = try await file.read { try Self.tenant(id, $0) }
        records.keep(record, for: id, mark)
        return record
    }

    func has(_ id: TenantID) async throws(Problem) -> Bool {
        do throws(Problem) { _ = try await tenant(id) } catch {
            if error.code == .notFound { return false }
            throw error
        }
        return true
    }

    /// Blocks.
    private func tenantBlocking(_ id: TenantID) throws(Problem) -> Tenant {
        let (known, mark) = records.find(id)
        if let known { return known }
        let record = try file.readBlocking { try Self.tenant(id, $0) }
        records.keep(record, for: id, mark)
        return record
    }

    /// Throws unless the tenant is there and active. Blocks.
    func checkActive(_ id: TenantID) throws(Problem) {
        let tenant = try tenantBlocking(id)
        guard tenant.state == .active else { throw Problem(.conflict, "tenant is being deleted: \(id)") }
    }

    /// Blocks.
    func quota(of id: TenantID) throws(Problem) -> Quota { try tenantBlocking(id).quota }

    func insert(_ tenant: Tenant) async throws(Problem) {
        try await file.write { database in
            if let state = try String.fetchOne(
                database, sql: "SELECT state FROM tenant WHERE id = ?", arguments: [tenant.id.rawValue])
            {
                throw state == Tenant.State.deleting.rawValue
                    ? Problem(.conflict, "tenant is being deleted: \(tenant.id)", hint: "try again when it is gone")
                    : Problem(.conflict, "tenant exists already: \(tenant.id)")
            }
            try database.execute(
                sql: """
                    INSERT INTO tenant (id, name, created, memory, processes, cpu, cpuWeight, disk, state)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    tenant.id.rawValue, tenant.name, tenant.created, tenant.quota.memory.bytes, tenant.quota.processes,
                    tenant.quota.cpu, tenant.quota.cpuWeight, tenant.quota.disk.bytes, tenant.state.rawValue,
                ])
        }
    }

    /// Sets the quota of an active tenant.
    func setQuota(_ quota: Quota, of id: TenantID) async throws(Problem) -> Tenant {
        try await file.write { database in
            try Self.setQuota(quota, of: id, in: database)
            return try Self.tenant(id, database)
        }
    }

    static func setQuota(_ quota: Quota, of id: TenantID, in database: Database) throws {
        guard try tenant(id, database).state == .active else { throw Problem(.conflict, "tenant is being deleted: \(id)") }
        try database.execute(
            sql: "UPDATE tenant SET memory = ?, processes = ?, cpu = ?, cpuWeight = ?, disk = ? WHERE id = ?",
            arguments: [
                quota.memory.bytes, quota.processes, quota.cpu, quota.cpuWeight, quota.disk.bytes, id.rawValue,
            ])
    }

    func markDeleting(_ id: TenantID) async throws(Problem) {
        try await file.write { database in
            _ = try Self.tenant(id, database)
            try database.execute(sql: "UPDATE tenant SET state = 'deleting' WHERE id = ?", arguments: [id.rawValue])
            try Self.eraseBackupKey(of: id, database)
        }
    }

    /// Lets a tenant in whose folder is complete.
    func activate(_ id: TenantID) async throws(Problem) {
        try await file.write { database in
            try database.execute(sql: "UPDATE tenant SET state = 'active' WHERE id = ?", arguments: [id.rawValue])
        }
    }

    /// Drops the row, and with it the identities of the tenant's plugins.
    func drop(_ id: TenantID) async throws(Problem) {
        try await file.write { database in
            try database.execute(sql: "DELETE FROM tenant WHERE id = ?", arguments: [id.rawValue])
        }
    }

    private static func tenant(_ id: TenantID, _ database: Database) throws -> Tenant {
        if let row = try Row.fetchOne(database, sql: "SELECT * FROM tenant WHERE id = ?", arguments: [id.rawValue]) {
            return try Tenant(row)
        }
        let names = try String.fetchAll(database, sql: "SELECT id FROM tenant WHERE state = 'active' ORDER BY id")
        throw Problem(
            .notFound, "tenant not found: \(id)",
            hint: names.nearest(to: id.rawValue).map { "did you mean \($0)?" } ?? "`cloister tenant list` shows all")
    }
}
