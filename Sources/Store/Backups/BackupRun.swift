import Crypto
import GRDB
import Glibc
import Model

/// Makes one backup of a tenant while others go on with it. Blocks, in small pieces.
///
/// A backup appears under its name when all of it is on disk and was read back, or it does not appear.
struct BackupRun {
    let tenant: TenantFolder
    let backups: BackupFolder
    /// Told the name of each step that was taken; tests end the process there.
    let step: @Sendable (String) -> Void
    /// Throws when the backup shall not be finished.
    let check: @Sendable () throws(Problem) -> Void
    private var pace = Pace()
    private var written: Int64 = 0

    init(
        _ tenant: TenantFolder, _ backups: BackupFolder, step: @escaping @Sendable (String) -> Void,
        check: @escaping @Sendable () throws(Problem) -> Void
    ) {
        self.tenant = tenant
        self.backups = backups
        self.step = step
        self.check = check
    }

    /// Removes what a crash left of backups: among it may be a copy that is not sealed yet. Blocks.
    static func sweep(_ store: StoreFolder) throws(Problem) {
        guard access(store.backupsPath, F_OK) == 0 else { return }
        for name in try FolderNames.list(store.backupsPath) {
            try FolderRemoval.remove("\(store.backupsPath)/\(name)/incoming")
        }
    }

    mutating func make(of file: DatabaseFile) throws(Problem) -> Backup {
        try backups.prepare()
        defer { try? FolderRemoval.remove(backups.incomingPath) }
        // From here on blobs that are removed stay readable: what the copy of the database speaks of is there.
        let held = try BlobHold(tenant.blobsPath)
        defer { held.end() }
        step("backup.hold")
        let mark = try freeMark()
        let id = Self.name(of: mark)
        let place = "\(backups.incomingPath)/\(id)"
        try StoreFolder.add(place)
        let plain = backups.incomingPath + "/tenant.db"
        try copy(file, to: plain)
        step("backup.copied")
        guard let source = OpenFile(plain, O_RDONLY | O_NOFOLLOW) else { throw Problem(file: plain, "cannot open the copy") }
        let database = try seal(source, plain, as: .database(id), to: place + "/database")
        unlink(plain)
        step("backup.database")
        let blobs = try writeBlobs(as: id, to: place + "/index")
        step("backup.index")
        var backup = Backup(
            id: id, mark: mark, databaseSize: ByteSize(bytes: database.size), databaseDigest: database.digest,
            blobs: blobs.count, blobSize: ByteSize(bytes: blobs.size), indexDigest: blobs.index)
        var head = try backups.writer(place + "/head", .head(id))
        try head.append(backup.head.bytes)
        _ = try head.finish()
        _ = try Self.head(of: id, at: place, in: backups)
        try OpenFile.synchronizeFolder(place)
        step("backup.head")
        guard rename(place, backups.pointPath(id)) == 0 else { throw Problem(file: place, "cannot keep the backup") }
        try OpenFile.synchronizeFolder(backups.pointsPath)
        step("backup.kept")
        backup.written = ByteSize(bytes: written + database.size)
        return backup
    }

    static func head(of id: BackupID, at place: String, in backups: BackupFolder) throws(Problem) -> Backup {
        var reader = try backups.reader(place + "/head", .head(id))
        let backup = try Backup(head: try reader.readAll(limit: Backup.headLimit))
        guard backup.id == id else { throw SealedFileReader.damaged("the head of backup \(id)") }
        return backup
    }

    /// The present, or the next millisecond that no backup has.
    private func freeMark() throws(Problem) -> Int64 {
        let taken = Set(try backups.points())
        var mark = Moment.now
        while taken.contains(Self.name(of: mark)) { mark += 1 }
        // Not before it has come: what is committed until then belongs into the backup.
        while Moment.now < mark { usleep(1000) }
        return mark
    }

    static func name(of mark: Int64) -> BackupID {
        var seconds = time_t(mark / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func digits(_ number: Int, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        let day = digits(Int(parts.tm_year) + 1900, 4) + digits(Int(parts.tm_mon) + 1, 2) + digits(Int(parts.tm_mday), 2)
        let time = digits(Int(parts.tm_hour), 2) + digits(Int(parts.tm_min), 2) + digits(Int(parts.tm_sec), 2)
        return BackupID(unchecked: "\(day)-\(time)-\(digits(Int(mark % 1000), 3))")
    }

    /// The database as of one moment. A reader of its own keeps to that moment; writers do not wait for it, nor it for them.
    private mutating func copy(_ file: DatabaseFile, to path: String) throws(Problem) {
        let check = check
        var pace = pace
        do {
            let snapshot = try file.pool.makeSnapshot()
            defer { try? snapshot.close() }
            let target = try DatabaseQueue(path: path)
            defer { try? target.close() }
            // Nothing that a crash leaves of it is ever looked at.
            try target.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = OFF") }
            try snapshot.backup(to: target, pagesPerStep: 256) { _ in
                try check()
                pace.rest()
            }
            let findings = try target.read { try String.fetchAll($0, sql: "PRAGMA integrity_check(3)") }
            guard findings == ["ok"] else { throw Problem.damaged(file.name, file.pool.path, findings.joined(separator: "; ")) }
        } catch {
            throw Problem(database: error, "cannot copy \(file.name)", path: file.pool.path)
        }
        self.pace = pace
    }

    /// Seals a file and reads it back.
    private mutating func seal(
        _ source: borrowing OpenFile, _ path: String, as part: BackupPart, to place: String
    ) throws(Problem) -> (digest: BlobDigest, size: Int64) {
        var writer = try backups.writer(place, part)
        var buffer = [UInt8](repeating: 0, count: SealedStream.chunkSize)
        var offset: Int64 = 0
        while true {
            let count = try Self.read(source, into: &buffer, at: offset, path)
            guard count > 0 else { break }
            try writer.append(Array(buffer[..<count]))
            offset += Int64(count)
            try check()
            pace.rest()
        }
        let sealed = try writer.finish()
        var reader = try backups.reader(place, part)
        var digest = SHA256()
        while let bytes = try reader.next() {
            digest.update(data: bytes)
            try check()
            pace.rest()
        }
        guard BlobDigest(Array(digest.finalize())) == sealed.digest else {
            throw Problem(.internalFault, "\(part.noun) is not on disk as it was written", hint: "look after the disk of the data folder")
        }
        return sealed
    }

    private static func read(
        _ file: borrowing OpenFile, into buffer: inout [UInt8], at offset: Int64, _ path: String
    ) throws(Problem) -> Int {
        var failure: Problem?
        let count = buffer.withUnsafeMutableBytes { bytes in
            do throws(Problem) { return try file.read(into: bytes, at: offset, path) } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return count
    }

    /// Seals the blobs that no earlier backup has, and lists all.
    private mutating func writeBlobs(
        as id: BackupID, to place: String
    ) throws(Problem) -> (index: BlobDigest, count: Int, size: Int64) {
        var index = try backups.writer(place, .index(id))
        var (count, total) = (0, Int64(0))
        for digest in try BlobHold.digests(in: tenant.blobsPath) {
            guard let source = BlobHold.open(digest, in: tenant.blobsPath) else {
                throw Problem(.internalFault, "blob \(digest) went away while it was held")
            }
            var status = stat()
            guard fstat(source.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                throw Problem(.internalFault, "not a blob: \(digest)")
            }
            try write(digest, source)
            try index.append(BlobEntry(digest: digest, size: Int64(status.st_size)).bytes)
            count += 1
            total += Int64(status.st_size)
            try check()
        }
        let sealed = try index.finish()
        var reader = try backups.reader(place, .index(id))
        var digest = SHA256()
        while let bytes = try reader.next() { digest.update(data: bytes) }
        guard BlobDigest(Array(digest.finalize())) == sealed.digest else {
            throw Problem(.internalFault, "the index of backup \(id) is not on disk as it was written")
        }
        return (sealed.digest, count, total)
    }

    private mutating func write(_ digest: BlobDigest, _ source: borrowing OpenFile) throws(Problem) {
        let target = backups.place(of: digest)
        guard access(target, F_OK) != 0 else { return }
        let incoming = backups.incomingPath + "/blob"
        unlink(incoming)
        let sealed = try seal(source, digest.description, as: .blob(digest), to: incoming)
        guard sealed.digest == digest else {
            throw Problem(
                .internalFault, "blob \(digest) of the tenant does not hold what its name says",
                hint: "restore it from an earlier backup, or delete its document")
        }
        let parent = String(target[..<(target.lastIndex(of: "/") ?? target.startIndex)])
        try StoreFolder.add(parent)
        guard rename(incoming, target) == 0 else { throw Problem(file: target, "cannot keep the blob") }
        try OpenFile.synchronizeFolder(parent)
        try OpenFile.synchronizeFolder(backups.blobsPath)
        written += sealed.size
        step("backup.blob")
    }
}
