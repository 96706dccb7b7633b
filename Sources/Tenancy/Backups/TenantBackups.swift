package import GRDB
package import Model
package import Store

/// Backups of whole tenants, and their moves from daemon to daemon: who is kept out meanwhile, how many are kept, and what
/// a database has to leave behind on its way.
package struct TenantBackups: Sendable {
    /// What other modules do about it.
    package struct Surroundings: Sendable {
        /// Ends everything of a tenant, runs what it is given, and lets people in again.
        package var away: @Sendable (TenantID, @escaping @Sendable () async throws(Problem) -> Void) async throws(Problem) -> Void
        /// Changes the database of a tenant for another of the same daemon.
        package var copied: @Sendable (Database, _ from: TenantID, _ to: TenantID) throws -> Void
        /// Takes out of a database that came from elsewhere what means nothing here, or must not be believed.
        package var imported: @Sendable (Database) throws -> Void

        package init(
            away: @escaping @Sendable (TenantID, @escaping @Sendable () async throws(Problem) -> Void) async throws(Problem) -> Void,
            copied: @escaping @Sendable (Database, _ from: TenantID, _ to: TenantID) throws -> Void,
            imported: @escaping @Sendable (Database) throws -> Void
        ) {
            self.away = away
            self.copied = copied
            self.imported = imported
        }
    }

    /// What a restore did.
    package struct Restored: Sendable {
        package let tenant: Tenant
        /// What was there before; nil where it is still there, beside the new tenant.
        package let undo: BackupID?
        /// Tables that do not have as many rows as before.
        package let differences: [TableDifference]
    }

    /// Of each tenant. Older ones go when a new one is made.
    package static let kept = 30

    private let store: Store
    private let surroundings: Surroundings

    package init(_ store: Store, _ surroundings: Surroundings) {
        self.store = store
        self.surroundings = surroundings
    }

    package func make(_ id: TenantID) async throws(Problem) -> Backup {
        try await store.backUp(id, keeping: Self.kept)
    }

    /// The newest first.
    package func list(_ id: TenantID) async throws(Problem) -> [BackupListing] { try await store.backups(of: id) }

    /// Restores into a new tenant, to look at it, or in the place of what the tenant has now, of which a backup is made first.
    package func restore(_ backup: BackupID, of id: TenantID, into other: TenantID?) async throws(Problem) -> Restored {
        guard let other else {
            let surroundings = surroundings
            let (undo, differences) = try await store.restore(backup, inPlaceOf: id, keeping: Self.kept) { (swap) throws(Problem) in
                try await surroundings.away(id, swap)
            }
            return Restored(tenant: try await store.record(of: id), undo: undo.id, differences: differences)
        }
        guard other != id else {
            throw Problem(.invalidInput, "a tenant cannot be restored beside itself: \(id)", hint: "name a new tenant, or none")
        }
        let source = try await store.record(of: id)
        let new = Tenant(id: other, name: source.name, created: Moment.now, quota: source.quota, state: .active)
        let copied = surroundings.copied
        let tenant = try await store.restore(backup, of: id, as: new) { try copied($0, id, other) }
        return Restored(tenant: tenant, undo: nil, differences: [])
    }

    /// As a backup has it, or as it is now.
    package func export(_ id: TenantID, _ backup: BackupID?, key: ExportKey) async throws(Problem) -> ExportFile {
        try await store.export(id, backup, key: key, keeping: Self.kept)
    }

    /// Makes a tenant of an export that was received.
    package func importTenant(
        _ arrival: String, key: ExportKey, as id: TenantID, name: String?, quota: Quota
    ) async throws(Problem) -> Tenant {
        let new = Tenant(
            id: id, name: try Tenant.checked(name), created: Moment.now, quota: try quota.validated(), state: .active)
        return try await store.importTenant(arrival, key: key, as: new, surroundings.imported)
    }
}
