import CLinux
package import GRDB
package import Model
import Synchronization

/// Everything that outlives the daemon: the registry, and one database and one set of folders per tenant.
///
/// One daemon owns a data folder at a time. Nothing here takes a path or a name out of a request: whoever has a
/// `TenantStore` can say nothing about another tenant.
package final class Store: Sendable {
    package struct Options: Sendable {
        /// Databases of tenants that stay open while nobody uses them.
        package var openTenants = 256
        /// What other modules keep in `registry.db`: their steps, in order.
        package var registrySteps: [MigrationStep] = []
        /// The schema of `tenant.db`: the steps of every module, in order.
        package var tenantSteps: [MigrationStep] = []
        /// Tables of `tenant.db` of which readings may be kept in memory.
        package var keptTables: Set<String> = []
        /// Removes a folder with all in it. Files of children that run under numbers of their own need a remover that may
        /// touch them.
        package var removeFolder: @Sendable (String) async throws(Problem) -> Void = { (path) throws(Problem) in
            try await Blocking.run { () throws(Problem) in try FolderRemoval.remove(path) }
        }

        /// Changes the database of a tenant that comes out of a backup or an export, before it is anybody's.
        package var comingBack: @Sendable (Database) throws -> Void = { _ in }

        /// Told the name of each step of a backup, a restore or an import; tests end the process there.
        package var step: @Sendable (String) -> Void = { _ in }

        package init() {}
    }

    package let folder: StoreFolder
    /// Deletions that the last run left unfinished and this one could not finish either, for the log.
    package let unfinishedDeletions: [TenantID: Problem]
    let registry: RegistryDatabase
    let openTenants: OpenTenants
    /// Exports of other daemons that were sent here to be imported.
    package let arrivals: Arrivals
    let backupTurns = BackupTurns()
    let options: Options
    private let lock: Mutex<StoreLock?>
    /// Tenants that are being deleted or put in the place of another state of theirs.
    private let deletions = Mutex<Set<TenantID>>([])
    /// Tenants in use, each with the work that came before its first use.
    private let openings = Mutex<[TenantID: Task<Result<Void, Problem>, Never>]>([:])

    /// Opens the data folder, or makes it, and finishes what a crash interrupted.
    ///
    /// Throws `conflict` naming the process when another daemon owns it, and what else is wrong with the place.
    package static func open(_ path: String, _ options: Options = Options()) async throws(Problem) -> Store {
        let (folder, registry, arrivals, lock) = try await Blocking.run { () throws(Problem) in
            let folder = try StoreFolder(path)
            let lock = try StoreLock(folder)
            let registry = try RegistryDatabase(folder, more: options.registrySteps)
            try StagedTenant.sweep(folder)
            try BackupRun.sweep(folder)
            return (folder, registry, try Arrivals(folder.importsPath), lock)
        }
        var unfinished: [TenantID: Problem] = [:]
        for tenant in try await registry.tenants() where tenant.state == .deleting {
            do throws(Problem) {
                try await remove(tenant.id, folder, registry, options)
            } catch {
                unfinished[tenant.id] = error
            }
        }
        return Store(folder, registry, arrivals, lock, options, unfinished)
    }

    private init(
        _ folder: StoreFolder, _ registry: RegistryDatabase, _ arrivals: Arrivals, _ lock: StoreLock, _ options: Options,
        _ unfinished: [TenantID: Problem]
    ) {
        self.folder = folder
        self.registry = registry
        self.arrivals = arrivals
        self.lock = Mutex(lock)
        self.options = options
        unfinishedDeletions = unfinished
        let steps = options.tenantSteps
        openTenants = OpenTenants(limit: options.openTenants, keeping: options.keptTables) { (id) throws(Problem) in
            try registry.checkActive(id)
            let tenant = folder.tenant(id)
            try tenant.create()
            let file = try DatabaseFile(tenant.databasePath, named: "the database of tenant \(id)", steps: steps)
            try file.limit { try registry.quota(of: id).disk }
            return file
        }
    }

    /// Closes all databases and frees the folder for another daemon.
    package func close() async {
        await openTenants.shutAll()
        let registry = registry
        _ = try? await Blocking.run { () throws(Problem) in try registry.file.close() }
        lock.withLock { $0 = nil }
    }

    /// Closes the databases of tenants that nobody uses now, and gives the kernel back what they needed of memory; each opens
    /// again when it is needed. For those who looked into every tenant's.
    package func rest() async {
        await openTenants.shutAll()
        // Half a mebibyte of each would stay with malloc(3) until it is needed again.
        _ = try? await Blocking.run { () throws(Problem) in cloister_give_back_memory() }
    }

    /// Reads the registry as of one moment, for modules that keep something in it.
    package func readRegistry<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value { try await registry.file.read(body) }

    /// Changes the registry in one transaction: all of it is on disk when this returns, or none when it throws.
    package func writeRegistry<Value: Sendable>(
        cancellable: Bool = true, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value { try await registry.file.write(cancellable: cancellable, body) }

    package func tenants() async throws(Problem) -> [Tenant] { try await registry.tenants() }

    /// The active ones by name, as many as `limit`, behind `cursor`: `next` of the page before. Throws `invalidInput` for any
    /// other text.
    package func activeTenants(after cursor: String?, limit: Int?) async throws(Problem) -> KeysetPage<Tenant> {
        if let cursor, TenantID(rawValue: cursor) == nil { throw .notACursor }
        return try await registry.activeTenants(after: cursor, limit: limit)
    }

    /// Databases of tenants that are open now.
    package var openTenantCount: Int { get async { await openTenants.count } }

    /// The record of a tenant, active or on its way out.
    package func record(of id: TenantID) async throws(Problem) -> Tenant { try await registry.tenant(id) }

    /// What belongs to an active tenant.
    package func tenant(_ id: TenantID) async throws(Problem) -> TenantStore {
        try await checkActive(id)
        try await open(id)
        return TenantStore(id: id, folder: folder.tenant(id), openTenants: openTenants)
    }

    func checkActive(_ id: TenantID) async throws(Problem) {
        guard try await registry.tenant(id).state == .active else {
            throw Problem(.conflict, "tenant is being deleted: \(id)")
        }
    }

    /// Before the first use of a tenant its folders are made and what an earlier run began to write is removed. Whoever
    /// comes meanwhile waits: what he begins to write must not be taken for something left behind.
    func open(_ id: TenantID) async throws(Problem) {
        let opening = openings.withLock { openings in
            if let opening = openings[id] { return opening }
            let opening = Task { [self] () -> Result<Void, Problem> in
                do throws(Problem) {
                    // Asked again, for a deletion that began earlier does not wait for this.
                    try await checkActive(id)
                    let folder = folder.tenant(id)
                    try await Blocking.run { () throws(Problem) in
                        try folder.create()
                        try BlobStore.sweep(folder.blobsPath)
                    }
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            openings[id] = opening
            return opening
        }
        let outcome = await opening.value
        if case .failure = outcome { openings.withLock { if $0[id] == opening { $0[id] = nil } } }
        try outcome.get()
    }

    package func createTenant(
        _ id: TenantID, name: String? = nil, quota: Quota = .ordinary
    ) async throws(Problem) -> Tenant {
        let tenant = Tenant(
            id: id, name: try Tenant.checked(name), created: Moment.now, quota: try quota.validated(), state: .active)
        let place = folder.tenant(id)
        // Before it has a row: from then on whoever walks over all tenants may be the first to make its folder.
        let stands = try await Blocking.run { () throws(Problem) in place.stands }
        if stands, try await !registry.has(id) {
            throw Problem(
                .conflict, "a folder without a tenant stands in the way: \(place.path)",
                hint: "move it away, or restore its tenant")
        }
        // Committed before the folder exists: a crash in between leaves a tenant whose folder is made at its first use.
        try await registry.insert(tenant)
        do throws(Problem) {
            try await Blocking.run { () throws(Problem) in try place.createNew() }
        } catch {
            try await registry.drop(id)
            throw error
        }
        return tenant
    }

    package func setQuota(_ quota: Quota, of id: TenantID) async throws(Problem) -> Tenant {
        let tenant = try await registry.setQuota(try quota.validated(), of: id)
        await applyQuota(of: id)
        return tenant
    }

    /// Sets the quota of an active tenant as a part of a larger change of the registry; `applyQuota` is to follow.
    package static func setQuota(_ quota: Quota, of id: TenantID, in registry: Database) throws {
        try RegistryDatabase.setQuota(try quota.validated(), of: id, in: registry)
    }

    /// Holds the tenant's database to the quota that the registry has.
    package func applyQuota(of id: TenantID) async {
        let registry = registry
        // A database that cannot be opened now is limited when it can.
        try? await openTenants.with(id) { (file) throws(Problem) in
            try await Blocking.run { () throws(Problem) in try file.limit { try registry.quota(of: id).disk } }
        }
    }

    /// Removes a tenant and all that belongs to it. Its children must have ended.
    ///
    /// From the first step on the tenant is marked, so that a deletion which a crash or a full disk interrupts is finished
    /// by the next call or the next start.
    package func deleteTenant(_ id: TenantID) async throws(Problem) {
        try await exclusively(id) { () throws(Problem) in try await delete(id) }
    }

    /// Keeps deletions and exchanges of the whole tenant apart.
    func exclusively(_ id: TenantID, _ body: () async throws(Problem) -> Void) async throws(Problem) {
        let isFirst = deletions.withLock { $0.insert(id).inserted }
        guard isFirst else { throw Problem(.conflict, "tenant is being deleted or restored: \(id)") }
        defer { deletions.withLock { _ = $0.remove(id) } }
        try await body()
    }

    private func delete(_ id: TenantID) async throws(Problem) {
        try await registry.markDeleting(id)
        // One that began before the mark could bring the folders back.
        if let opening = openings.withLock({ $0[id] }) { _ = await opening.value }
        await openTenants.shut(
            id, telling: Problem(.notFound, "tenant not found: \(id)", cause: "it is being deleted"))
        let outcome: Result<Void, Problem>
        do throws(Problem) {
            outcome = .success(try await Self.remove(id, folder, registry, options))
        } catch {
            outcome = .failure(error)
        }
        openings.withLock { $0[id] = nil }
        await openTenants.readmit(id)
        try outcome.get()
    }

    static func remove(
        _ id: TenantID, _ folder: StoreFolder, _ registry: RegistryDatabase, _ options: Options
    ) async throws(Problem) {
        let path = folder.tenant(id).path
        try await options.removeFolder(path)
        try await Blocking.run { () throws(Problem) in
            // Unreadable since the key went; the room that they take is given back.
            try FolderRemoval.remove(folder.backups(of: id))
            try OpenFile.synchronizeFolder(folder.tenantsPath)
        }
        // Only now: the row is what makes the next start look for the rest.
        try await registry.drop(id)
    }

    /// The slot of a plugin of a tenant, a number below `limit` that belongs to nobody else as long as its data exists.
    package func slot(of plugin: PluginID, for tenant: TenantID, below limit: Int) async throws(Problem) -> Int {
        try await registry.slot(of: plugin, for: tenant, below: limit)
    }

    /// Removes the folders of a plugin and gives its slot back. Its children must have ended.
    package func removePlugin(_ plugin: PluginID, of tenant: TenantID) async throws(Problem) {
        try await options.removeFolder(folder.tenant(tenant).pluginPath(plugin))
        try await registry.releaseSlot(of: plugin, for: tenant)
    }
}
