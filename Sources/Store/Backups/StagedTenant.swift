import Crypto
import GRDB
import Glibc
import Model

/// The folder of a tenant that is being put together beside those of the others, under a name that no tenant can have.
/// What a crash leaves of it the next start removes.
struct StagedTenant: Sendable {
    let folder: TenantFolder
    private static let prefix = ".incoming-"

    /// Blocks.
    init(in store: StoreFolder) throws(Problem) {
        let name = Self.prefix + String(UInt64.random(in: .min ... .max), radix: 16)
        folder = TenantFolder(path: "\(store.tenantsPath)/\(name)")
        try folder.create()
    }

    func remove() { try? FolderRemoval.remove(folder.path) }

    /// Removes what an earlier run began. Blocks.
    static func sweep(_ store: StoreFolder) throws(Problem) {
        for name in try FolderNames.list(store.tenantsPath) where name.hasPrefix(prefix) {
            try FolderRemoval.remove("\(store.tenantsPath)/\(name)")
        }
    }

    /// Takes the database out of a sealed text. Blocks.
    func receiveDatabase(_ size: Int64, _ digest: BlobDigest, from reader: inout SealedFileReader) throws(Problem) {
        try receive(size, digest, from: &reader, at: folder.databasePath, mode: 0o600)
    }

    /// Takes a blob out of a sealed text. Blocks.
    func receiveBlob(_ entry: BlobEntry, from reader: inout SealedFileReader) throws(Problem) {
        let place = BlobStore.place(of: entry.digest, in: folder.blobsPath)
        try StoreFolder.add(String(place[..<(place.lastIndex(of: "/") ?? place.startIndex)]))
        try receive(entry.size, entry.digest, from: &reader, at: place, mode: 0o444)
    }

    private func receive(
        _ size: Int64, _ digest: BlobDigest, from reader: inout SealedFileReader, at path: String, mode: mode_t
    ) throws(Problem) {
        guard let file = OpenFile(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600) else {
            if errno == EEXIST { throw Problem(.invalidInput, "blob \(digest) is there twice") }
            throw Problem(file: path, "cannot make the file")
        }
        var pace = Pace()
        var left = size
        var hash = SHA256()
        while left > 0 {
            let bytes = try reader.next(atMost: left)
            hash.update(data: bytes)
            try file.write(bytes[...], path)
            left -= Int64(bytes.count)
            pace.rest()
        }
        guard BlobDigest(Array(hash.finalize())) == digest else {
            throw Problem(.invalidInput, "\(digest) is not what was sealed under that name")
        }
        guard fchmod(file.number, mode) == 0, fsync(file.number) == 0 else {
            throw Problem(file: path, "cannot write the file to disk")
        }
    }

    /// Brings the database up to date and has `prepare` change it for where it comes to. Blocks.
    func settle(_ steps: [MigrationStep], _ prepare: (Database) throws -> Void) throws(Problem) {
        let file = try DatabaseFile(folder.databasePath, named: "the restored database", steps: steps)
        let outcome: Result<Void, Problem>
        do throws(Problem) {
            try file.verify()
            try file.changeBlocking(prepare)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try file.close()
        try outcome.get()
        try Self.checkClosed(folder.databasePath)
        for path in try FolderNames.list(folder.blobsPath).map({ "\(folder.blobsPath)/\($0)" }) + [folder.blobsPath, folder.path] {
            try OpenFile.synchronizeFolder(path)
        }
    }

    /// Throws where a database is not in its file alone. Blocks.
    static func checkClosed(_ path: String) throws(Problem) {
        var status = stat()
        guard lstat(path + "-wal", &status) != 0 || status.st_size == 0 else {
            throw Problem(.retryLater, "the log of the database could not be written back: \(path)", hint: "try again")
        }
        unlink(path + "-wal")
        unlink(path + "-shm")
    }

    /// Puts the staged database in the place of a tenant's, whose database is closed. Its blobs are there already. Blocks.
    ///
    /// Whatever crashes, the tenant has the one or the other.
    func replaceDatabase(of tenant: TenantFolder) throws(Problem) {
        try Self.checkClosed(folder.databasePath)
        try Self.checkClosed(tenant.databasePath)
        guard rename(folder.databasePath, tenant.databasePath) == 0 else {
            throw Problem(file: tenant.databasePath, "cannot replace the database")
        }
        try OpenFile.synchronizeFolder(tenant.path)
    }

    /// Moves the blobs to a tenant. Until a database speaks of them they are in nobody's way. Blocks.
    func moveBlobs(to tenant: TenantFolder) throws(Problem) {
        var touched: Set<String> = []
        for part in try FolderNames.list(folder.blobsPath) where part.utf8.count == 2 {
            let target = "\(tenant.blobsPath)/\(part)"
            try StoreFolder.add(target)
            for name in try FolderNames.list("\(folder.blobsPath)/\(part)") {
                guard rename("\(folder.blobsPath)/\(part)/\(name)", "\(target)/\(name)") == 0 else {
                    throw Problem(file: target, "cannot restore the blob")
                }
            }
            touched.insert(target)
        }
        for path in touched.sorted() + [tenant.blobsPath] { try OpenFile.synchronizeFolder(path) }
    }
}
