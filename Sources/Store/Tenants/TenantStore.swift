package import GRDB
import Glibc
package import Model

/// What belongs to one tenant: its database, its blobs, its folders.
package struct TenantStore: Sendable {
    package let id: TenantID
    package let folder: TenantFolder
    let openTenants: OpenTenants
    private(set) var isPassing = false

    init(id: TenantID, folder: TenantFolder, openTenants: OpenTenants) {
        self.id = id
        self.folder = folder
        self.openTenants = openTenants
    }

    /// The same tenant, for whoever looks into one after the other: such databases do not stay open, but for the last few and
    /// those that somebody else uses.
    package var passing: TenantStore {
        var store = self
        store.isPassing = true
        return store
    }

    /// Where the installed packages of all tenants lie, unpacked.
    package var packagesPath: String {
        // From `DATA/tenants/ID`.
        folder.path.split(separator: "/").dropLast(2).map { "/" + $0 }.joined() + "/packages"
    }

    /// Reads the tenant's database as of one moment.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value {
        try await openTenants.with(id, passing: isPassing) { (file) throws(Problem) in try await file.read(body) }
    }

    /// Reads the tenant's database, or gives what the same reading gave before, where nothing has changed since.
    package func read<Value: Sendable>(_ reading: KeptReading<Value>) async throws(Problem) -> Value {
        if let value = openTenants.kept(reading, of: id) { return value }
        return try await openTenants.with(id, passing: isPassing) { (file) throws(Problem) in
            try await openTenants.read(reading, of: id, from: file)
        }
    }

    /// Changes the tenant's database in one transaction: all of it is on disk when this returns, or none when it throws.
    /// One that is `patient` shares the disk with other tenants: see `GroupCommit`.
    package func write<Value: Sendable>(
        cancellable: Bool = true, patient: Bool = false, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value {
        try await openTenants.with(id, passing: isPassing) { (file) throws(Problem) in
            try await file.write(cancellable: cancellable, patient: patient, body)
        }
    }

    /// The tenant's files. `admit` is asked before bytes are written.
    package func blobs(admit: @escaping BlobStore.Admission = { _ in }) -> BlobStore {
        BlobStore(folder.blobsPath, admit: admit)
    }

    /// The private folder of a plugin, made when it is not there.
    package func preparePlugin(_ plugin: PluginID) async throws(Problem) -> String {
        let folder = folder
        return try await Blocking.run { () throws(Problem) in
            try StoreFolder.add(folder.pluginPath(plugin))
            try StoreFolder.add(folder.dataPath(plugin))
            return folder.dataPath(plugin)
        }
    }

    /// The plugins that have a folder of their own, installed or not.
    package func pluginFolders() async throws(Problem) -> [PluginID] {
        let path = folder.pluginsPath
        return try await Blocking.run { () throws(Problem) in
            try FolderNames.list(path).compactMap { PluginID(rawValue: $0) }
        }
    }

    /// Bytes that the tenant's files take up on disk, as far as the daemon may look. Walks over all of them.
    package func diskUsage() async throws(Problem) -> ByteSize { try await survey().size }

    /// The same, and whether there is more where the daemon may not look.
    package func survey() async throws(Problem) -> FolderUsage {
        let path = folder.path
        return try await Blocking.run { () throws(Problem) in FolderUsage.measure(path) }
    }

    /// What a plugin keeps.
    package func survey(of plugin: PluginID) async throws(Problem) -> FolderUsage {
        let path = folder.pluginPath(plugin)
        return try await Blocking.run { () throws(Problem) in FolderUsage.measure(path) }
    }
}
