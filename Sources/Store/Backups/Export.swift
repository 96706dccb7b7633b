import Crypto
import Glibc
package import Model

/// A tenant as one sealed file, from one daemon to another. The file is gone when nobody has it open any more.
///
/// Sealed with a key of its own, which whoever asks for the export brings along: neither daemon keeps it.
package final class ExportFile: Sendable {
    package let size: ByteSize
    private let file: OpenFile

    init(_ path: String) throws(Problem) {
        guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW) else { throw Problem(file: path, "cannot open the export") }
        unlink(path)
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw Problem(file: path, "cannot open the export") }
        size = ByteSize(bytes: Int64(status.st_size))
        self.file = file
    }

    /// At most so many bytes from an offset; fewer only at the end.
    package func read(at offset: Int64, count: Int) async throws(Problem) -> [UInt8] {
        try await Blocking.run { [self] () throws(Problem) in
            var bytes = [UInt8](repeating: 0, count: count)
            var failure: Problem?
            let got = bytes.withUnsafeMutableBytes { buffer in
                do throws(Problem) { return try file.read(into: buffer, at: offset, "the export") } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
            return Array(bytes[..<got])
        }
    }
}

/// The key of an export: 256 random bits that people hand on as 64 hexadecimal digits. It is never printed or logged.
package struct ExportKey: Sendable, Hashable {
    private let bytes: [UInt8]

    /// Throws `invalidInput`, which does not repeat the text.
    package init(_ text: String) throws(Problem) {
        guard let digest = BlobDigest("sha256:" + text) else {
            throw Problem(
                .invalidInput, "not an export key", hint: "64 hexadecimal digits, for example of `openssl rand -hex 32`")
        }
        bytes = digest.raw
    }

    package static func random() -> String {
        BlobDigest(SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }).hexadecimal
    }

    var key: SymmetricKey { SymmetricKey(data: bytes) }
}

/// What stands in an export: the length of the head in four bytes, the head, the database, and each blob behind its entry.
enum ExportFormat {
    static let purpose = "cloister export"
    static let blobLimit = 1_000_000

    /// Writes a backup as an export. Blocks.
    static func write(_ id: BackupID, of backups: BackupFolder, to path: String, key: ExportKey) throws(Problem) {
        let place = backups.pointPath(id)
        let backup = try BackupRun.head(of: id, at: place, in: backups)
        var pace = Pace()
        var export = try SealedFileWriter(path, key: key.key, purpose: purpose)
        let head = backup.head.bytes
        try export.append(withUnsafeBytes(of: UInt32(head.count).bigEndian) { Array($0) } + head)
        var database = try backups.reader(place + "/database", .database(id))
        while let bytes = try database.next() {
            try export.append(bytes)
            pace.rest()
        }
        var index = try backups.reader(place + "/index", .index(id))
        for _ in 0..<backup.blobs {
            guard let entry = BlobEntry(try index.read(BlobEntry.size)) else { throw SealedFileReader.damaged("the index") }
            try export.append(entry.bytes)
            var blob = try backups.reader(backups.place(of: entry.digest), .blob(entry.digest))
            while let bytes = try blob.next() {
                try export.append(bytes)
                pace.rest()
            }
        }
        try index.finish()
        _ = try export.finish()
    }

    /// Unpacks an export, of which nothing is believed: at most `limit` bytes come out of it, and every part is what its
    /// digest says. Blocks.
    static func read(_ path: String, key: ExportKey, into staged: StagedTenant, limit: ByteSize) throws(Problem) -> Backup {
        var export = try SealedFileReader(path, key: key.key, purpose: purpose, named: "the export")
        let length = try export.read(4).reduce(0) { $0 << 8 | Int($1) }
        guard length <= Backup.headLimit else { throw SealedFileReader.damaged("the export") }
        let backup = try Backup(head: try export.read(length))
        var left = limit.bytes
        func take(_ size: Int64) throws(Problem) {
            guard size <= left else {
                throw Problem(
                    .quotaExceeded, "the export holds more than the tenant's disk quota of \(limit)", hint: "give it more: --disk SIZE")
            }
            left -= size
        }
        try take(backup.databaseSize.bytes)
        try staged.receiveDatabase(backup.databaseSize.bytes, backup.databaseDigest, from: &export)
        guard backup.blobs <= blobLimit else {
            throw Problem(.invalidInput, "the export has \(backup.blobs) blobs; \(blobLimit) are the most")
        }
        for _ in 0..<backup.blobs {
            guard let entry = BlobEntry(try export.read(BlobEntry.size)) else { throw SealedFileReader.damaged("the export") }
            try take(entry.size)
            try staged.receiveBlob(entry, from: &export)
        }
        try export.finish()
        return backup
    }
}
