import Glibc
package import Model

/// The data folder: where everything that outlives the daemon stands.
///
/// ```
/// registry.db                          tenants and identities
/// lock                                 held by the daemon that owns the folder
/// packages/DIGEST/                     installed packages, unpacked, shared by all tenants
/// tenants/ID/tenant.db                 what belongs to one tenant
/// tenants/ID/blobs/                    content-addressed files
/// tenants/ID/plugins/PLUGIN/data/      the private folder of a plugin
/// tenants/ID/exchange/                 documents on their way in and out
/// tenants/ID/uploads/                  documents that come in more than one request
/// backups/ID/                          backups of a tenant, all of it sealed
/// backups.key                          what seals the keys of the backups
/// imports/                             exports of other daemons on their way in
/// ```
package struct StoreFolder: Sendable, Hashable {
    /// Absolute and without symbolic links.
    package let path: String

    /// Opens the folder, makes it if it is not there, and closes it to everyone else (mode 0700).
    package init(_ path: String) throws(Problem) {
        guard path.hasPrefix("/") else {
            throw Problem(.invalidConfiguration, "data folder is not an absolute path: \(path)")
        }
        try Self.create(path)
        guard let resolved = realpath(path, nil) else { throw Problem(file: path, "cannot open the data folder") }
        defer { free(resolved) }
        self.path = String(cString: resolved)
        guard self.path != "/" else {
            throw Problem(.invalidConfiguration, "data folder must not be the root of the file system")
        }
        try Self.claim(self.path)
        try Self.create(tenantsPath)
    }

    package var registryPath: String { path + "/registry.db" }
    package var lockPath: String { path + "/lock" }
    package var packagesPath: String { path + "/packages" }
    package var tenantsPath: String { path + "/tenants" }

    package var importsPath: String { path + "/imports" }

    package var backupsPath: String { path + "/backups" }

    package func backups(of id: TenantID) -> String { "\(backupsPath)/\(id.rawValue)" }

    package func tenant(_ id: TenantID) -> TenantFolder { TenantFolder(path: "\(tenantsPath)/\(id.rawValue)") }

    /// Whether a path without symbolic links lies in the data folder or contains it.
    package func overlaps(_ other: String) -> Bool {
        let (ours, theirs) = (path + "/", other.hasSuffix("/") ? other : other + "/")
        return ours.hasPrefix(theirs) || theirs.hasPrefix(ours)
    }

    /// Makes a folder with mode 0700, and whatever lies above it with what the umask leaves of 0755.
    package static func create(_ path: String) throws(Problem) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw Problem(file: path, "cannot make the folder")
        }
        try createParents(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Problem(file: path, "cannot make the folder") }
    }

    /// Makes a folder with mode 0700 in one that is there. What was deleted together with all above it does not come back.
    package static func add(_ path: String) throws(Problem) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Problem(file: path, "cannot make the folder") }
    }

    /// Whether a file system has more than a mebibyte left for the daemon.
    static func hasRoom(at path: String) -> Bool { hasRoom(at: path, for: .mebibytes(1)) }

    /// Whether a file system has so much left for the daemon.
    static func hasRoom(at path: String, for size: ByteSize) -> Bool {
        var status = statvfs()
        return statvfs(path, &status) == 0 && UInt64(status.f_bavail) * UInt64(status.f_frsize) > UInt64(size.bytes)
    }

    private static func createParents(_ path: String) throws(Problem) {
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw Problem(file: path, "cannot make the folder")
        }
        try createParents(String(path[..<slash]))
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw Problem(file: path, "cannot make the folder") }
    }

    private static func claim(_ path: String) throws(Problem) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw Problem(file: path, "cannot open the data folder") }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw Problem(.invalidConfiguration, "data folder is not a folder: \(path)")
        }
        guard status.st_uid == geteuid() else {
            throw Problem(
                .permissionDenied, "data folder belongs to another user: \(path)",
                hint: "run as the user with the number \(status.st_uid), or use another data folder")
        }
        guard status.st_mode & 0o777 == 0o700 || chmod(path, 0o700) == 0 else {
            throw Problem(file: path, "cannot close the data folder to others")
        }
    }
}

/// The folder of one tenant.
package struct TenantFolder: Sendable, Hashable {
    package let path: String

    package var databasePath: String { path + "/tenant.db" }
    package var blobsPath: String { path + "/blobs" }
    package var pluginsPath: String { path + "/plugins" }
    package var exchangePath: String { path + "/exchange" }
    var uploadsPath: String { path + "/uploads" }

    /// Everything of one plugin.
    package func pluginPath(_ id: PluginID) -> String { "\(pluginsPath)/\(id.rawValue)" }
    /// What the plugin sees as `/data`.
    package func dataPath(_ id: PluginID) -> String { pluginPath(id) + "/data" }

    /// Whether something of that name stands there.
    var stands: Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Makes the folders of a new tenant, for good.
    func createNew() throws(Problem) {
        try create()
        for folder in [path, String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])] {
            try OpenFile.synchronizeFolder(folder)
        }
    }

    /// Makes the tenant's folders; what is there stays.
    func create() throws(Problem) {
        for folder in [path, blobsPath, pluginsPath, exchangePath] { try StoreFolder.create(folder) }
    }
}
