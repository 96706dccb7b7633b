package import GRDB
import Glibc
package import Model

/// One backup of a list; nil where its head cannot be read.
package struct BackupListing: Sendable {
    package let id: BackupID
    package let backup: Backup?
}

/// How many rows a table has, and would have.
package struct TableDifference: Sendable, Hashable {
    package let table: String
    package let before: Int
    package let after: Int
}

extension Store {
    /// Makes a backup of a tenant while others go on with it, verifies it, and keeps the newest `count`.
    ///
    /// When this returns, everything that was committed before the backup's mark can be restored from it. Throws what is
    /// wrong with the tenant's data; then there is no new backup, and the old ones are as they were.
    package func backUp(_ id: TenantID, keeping count: Int) async throws(Problem) -> Backup {
        try await backupTurns.run { () throws(Problem) in try await makeBackup(id, keeping: count) }
    }

    /// The backups of a tenant, the newest first.
    package func backups(of id: TenantID) async throws(Problem) -> [BackupListing] {
        try await checkActive(id)
        let backups = try await backupFolder(of: id)
        return try await Blocking.run { () throws(Problem) in
            try backups.points().reversed().map { id in
                BackupListing(id: id, backup: try? BackupRun.head(of: id, at: backups.pointPath(id), in: backups))
            }
        }
    }

    /// Restores a backup into a new tenant beside the one that it is of. `prepare` changes the database for its new owner.
    package func restore(
        _ backup: BackupID, of id: TenantID, as new: Tenant, _ prepare: @escaping @Sendable (Database) throws -> Void
    ) async throws(Problem) -> Tenant {
        try await backupTurns.run { () throws(Problem) in
            try await checkActive(id)
            let backups = try await backupFolder(of: id)
            return try await staged { (staged) throws(Problem) in
                try await Blocking.run { [options] () throws(Problem) in
                    _ = try RestoreRun.unpack(backup, of: backups, into: staged)
                    try staged.settle(options.tenantSteps) { database in
                        try options.comingBack(database)
                        try prepare(database)
                    }
                }
                options.step("restore.staged")
                return try await adopt(staged, as: new)
            }
        }
    }

    /// Puts a backup in the place of what a tenant has now, of which a backup is made before. `away` keeps everybody out of
    /// the tenant while it runs what it is given.
    package func restore(
        _ backup: BackupID, inPlaceOf id: TenantID, keeping count: Int,
        away: @Sendable (@escaping @Sendable () async throws(Problem) -> Void) async throws(Problem) -> Void
    ) async throws(Problem) -> (undo: Backup, differences: [TableDifference]) {
        try await backupTurns.run { () throws(Problem) in
            let backups = try await backupFolder(of: id)
            return try await staged { (staged) throws(Problem) in
                // Unpacked first: the backup that follows may be one too many for this one to stay.
                try await Blocking.run { [options] () throws(Problem) in
                    _ = try RestoreRun.unpack(backup, of: backups, into: staged)
                    try staged.settle(options.tenantSteps, options.comingBack)
                }
                options.step("restore.staged")
                let after = try await Blocking.run { () throws(Problem) in try TableDifference.counts(of: staged.folder.databasePath) }
                let outcome = RestoreOutcome<(undo: Backup, differences: [TableDifference])>()
                try await away { [self] () throws(Problem) in
                    let (undo, before) = try await swap(staged, into: id, backups)
                    outcome.keep((undo, TableDifference.between(before, after)))
                }
                let kept = try outcome.get()
                _ = try? await Blocking.run { () throws(Problem) in
                    try BackupPruning.prune(backups, keeping: max(1, count), sparing: kept.undo.id)
                }
                return kept
            }
        }
    }

    /// Writes a tenant into one sealed file, for another daemon: as a backup has it, or as it is now.
    package func export(
        _ id: TenantID, _ backup: BackupID?, key: ExportKey, keeping count: Int
    ) async throws(Problem) -> ExportFile {
        try await backupTurns.run { () throws(Problem) in
            try await checkActive(id)
            let backups = try await backupFolder(of: id)
            var chosen = backup
            if chosen == nil { chosen = try await makeBackup(id, keeping: count).id }
            guard let point = chosen else { throw Problem(.notFound, "tenant \(id) has no backup") }
            return try await Blocking.run { () throws(Problem) in
                try backups.prepare()
                let path = backups.incomingPath + "/export"
                try ExportFormat.write(point, of: backups, to: path, key: key)
                return try ExportFile(path)
            }
        }
    }

    /// Makes a tenant of an export that was received. Nothing that it holds is believed: sizes, digests, the schema and
    /// every page are looked at, and `prepare` takes out of the database what means nothing here.
    package func importTenant(
        _ arrival: String, key: ExportKey, as new: Tenant, _ prepare: @escaping @Sendable (Database) throws -> Void
    ) async throws(Problem) -> Tenant {
        try await arrivals.withFile(arrival) { (path) throws(Problem) in
            try await backupTurns.run { () throws(Problem) in
                try await staged { (staged) throws(Problem) in
                    try await Blocking.run { [options] () throws(Problem) in
                        _ = try ExportFormat.read(path, key: key, into: staged, limit: new.quota.disk)
                        try SchemaCheck.check(staged.folder.databasePath, options.tenantSteps)
                        try staged.settle(options.tenantSteps) { database in
                            try options.comingBack(database)
                            try prepare(database)
                        }
                    }
                    options.step("import.staged")
                    return try await adopt(staged, as: new)
                }
            }
        }
    }
}

extension Store {
    private func makeBackup(_ id: TenantID, keeping count: Int) async throws(Problem) -> Backup {
        try await checkActive(id)
        try await open(id)
        let backups = try await backupFolder(of: id)
        let (tenant, registry, step) = (folder.tenant(id), registry, options.step)
        let backup = try await openTenants.with(id) { (file) throws(Problem) in
            try await Blocking.run { () throws(Problem) in
                var run = BackupRun(tenant, backups, step: step) { () throws(Problem) in try registry.checkActive(id) }
                return try run.make(of: file)
            }
        }
        // What is left over costs space; the backup is there.
        _ = try? await Blocking.run { () throws(Problem) in
            try BackupPruning.prune(backups, keeping: max(1, count), sparing: backup.id)
        }
        return backup
    }

    private func backupFolder(of id: TenantID) async throws(Problem) -> BackupFolder {
        let folder = folder
        let wrapping = try await Blocking.run { () throws(Problem) in
            try KeyFile.load(folder.path + "/backups.key", named: "the key of the backups")
        }
        return BackupFolder(folder.backups(of: id), key: try await registry.backupKey(of: id, under: wrapping))
    }

    /// Gives `body` a folder beside the tenants, and removes what it leaves there.
    private func staged<Value: Sendable>(
        _ body: (StagedTenant) async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let folder = folder
        let staged = try await Blocking.run { () throws(Problem) in try StagedTenant(in: folder) }
        let outcome: Result<Value, Problem>
        do throws(Problem) { outcome = .success(try await body(staged)) } catch { outcome = .failure(error) }
        _ = try? await Blocking.run { () throws(Problem) in staged.remove() }
        return try outcome.get()
    }

    /// Makes a tenant of a staged folder. It is there when its row says that it is active; a start that finds the row of
    /// another state removes it like any tenant whose deletion was interrupted.
    private func adopt(_ staged: StagedTenant, as new: Tenant) async throws(Problem) -> Tenant {
        let (id, place) = (new.id, folder.tenant(new.id).path)
        try await exclusively(id) { () throws(Problem) in
            guard access(place, F_OK) != 0 else {
                throw Problem(
                    .conflict, "a folder stands in the way: \(place)", hint: "choose another name, or delete that tenant")
            }
            var arriving = new
            arriving.state = .deleting
            try await registry.insert(arriving)
            options.step("adopt.named")
            do throws(Problem) {
                let folder = folder
                try await Blocking.run { () throws(Problem) in
                    guard rename(staged.folder.path, place) == 0 else { throw Problem(file: place, "cannot keep the tenant") }
                    try OpenFile.synchronizeFolder(folder.tenantsPath)
                }
                options.step("adopt.moved")
                try await registry.activate(id)
            } catch {
                try? await Self.remove(id, folder, registry, options)
                throw error
            }
            options.step("adopt.done")
        }
        return new
    }

    /// Puts a staged folder in the place of a tenant's database. From the backup of what was there until the end nobody else
    /// has that database: what would be committed in between would be in neither.
    private func swap(
        _ staged: StagedTenant, into id: TenantID, _ backups: BackupFolder
    ) async throws(Problem) -> (undo: Backup, before: [String: Int]) {
        let exchange = SwapRun(staged: staged, tenant: folder.tenant(id), backups: backups, options: options)
        let outcome = RestoreOutcome<(undo: Backup, before: [String: Int])>()
        try await exclusively(id) { () throws(Problem) in
            try await checkActive(id)
            try await open(id)
            await openTenants.shut(
                id, telling: Problem(.retryLater, "tenant is being restored: \(id)", hint: "call again in a minute"))
            let result: Result<(undo: Backup, before: [String: Int]), Problem>
            do throws(Problem) {
                result = .success(try await Blocking.run { () throws(Problem) in try exchange.perform(named: "tenant \(id)") })
            } catch {
                result = .failure(error)
            }
            await openTenants.readmit(id)
            outcome.keep(try result.get())
        }
        return try outcome.get()
    }
}
