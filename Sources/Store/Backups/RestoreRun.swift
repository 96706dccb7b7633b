import Glibc
import Model

/// Unpacks a backup into a folder beside the tenants. Blocks.
enum RestoreRun {
    static func unpack(
        _ id: BackupID, of backups: BackupFolder, into staged: StagedTenant
    ) throws(Problem) -> Backup {
        let place = backups.pointPath(id)
        guard access(place, F_OK) == 0 else {
            let names = try backups.points().map(\.rawValue)
            throw Problem(
                .notFound, "backup not found: \(id)",
                hint: names.nearest(to: id.rawValue).map { "did you mean \($0)?" } ?? "`cloister tenant backups` lists them")
        }
        let backup = try BackupRun.head(of: id, at: place, in: backups)
        var database = try backups.reader(place + "/database", .database(id))
        try staged.receiveDatabase(backup.databaseSize.bytes, backup.databaseDigest, from: &database)
        try database.finish()
        for entry in try index(of: backup, in: backups) {
            var blob = try backups.reader(backups.place(of: entry.digest), .blob(entry.digest))
            try staged.receiveBlob(entry, from: &blob)
            try blob.finish()
        }
        return backup
    }

    /// The blobs of a backup.
    static func index(of backup: Backup, in backups: BackupFolder) throws(Problem) -> [BlobEntry] {
        var reader = try backups.reader(backups.pointPath(backup.id) + "/index", .index(backup.id))
        var entries: [BlobEntry] = []
        for _ in 0..<backup.blobs {
            guard let entry = BlobEntry(try reader.read(BlobEntry.size)) else {
                throw SealedFileReader.damaged("the index of backup \(backup.id)")
            }
            entries.append(entry)
        }
        try reader.finish()
        return entries
    }
}

/// Removes the oldest backups, and what only they had. Blocks.
enum BackupPruning {
    static func prune(_ backups: BackupFolder, keeping count: Int, sparing new: BackupID) throws(Problem) {
        // The newest is the one that was just made, whatever the clock said of those before.
        let points = try backups.points().filter { $0 != new } + [new]
        guard points.count > count else { return }
        for id in points.dropLast(count) { try FolderRemoval.remove(backups.pointPath(id)) }
        var needed: Set<String> = []
        for id in points.suffix(count) {
            // One that cannot be read may need any of them.
            let backup = try BackupRun.head(of: id, at: backups.pointPath(id), in: backups)
            for entry in try RestoreRun.index(of: backup, in: backups) { needed.insert(backups.name(of: entry.digest)) }
        }
        for part in try FolderNames.list(backups.blobsPath) {
            for name in try FolderNames.list("\(backups.blobsPath)/\(part)") where !needed.contains("\(part)/\(name)") {
                unlink("\(backups.blobsPath)/\(part)/\(name)")
            }
        }
    }
}
