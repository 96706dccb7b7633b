import Glibc
package import Model

/// Files of a tenant that are written in more than one request and outlive the daemon.
///
/// A file has its full size from the beginning, so that the room on the disk is there, and counts as the tenant's, before
/// the first byte comes.
package struct UploadFolder: Sendable {
    private let path: String

    init(_ path: String) { self.path = path }

    package func path(of id: UploadID) -> String { "\(path)/\(id.rawValue)" }

    /// Makes a file of so many bytes; when this returns it survives a crash. Throws `quotaExceeded` where the disk is full.
    package func make(_ id: UploadID, size: ByteSize) async throws(Problem) {
        let (folder, place) = (path, path(of: id))
        try await Blocking.run { () throws(Problem) in
            try StoreFolder.add(folder)
            guard StoreFolder.hasRoom(at: folder, for: size) else {
                throw Problem(.quotaExceeded, "no room for an upload of \(size)", hint: "free space on the disk of the data folder")
            }
            guard let file = OpenFile(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600) else {
                throw Problem(file: place, "cannot make the file")
            }
            do throws(Problem) {
                let error = size.bytes > 0 ? posix_fallocate(file.number, 0, off_t(size.bytes)) : 0
                guard error == 0 else {
                    errno = error
                    throw Problem(file: place, "cannot make room for the file")
                }
                guard fsync(file.number) == 0 else { throw Problem(file: place, "cannot write the file to disk") }
                try OpenFile.synchronizeFolder(folder)
            } catch {
                unlink(place)
                throw error
            }
        }
    }

    package func contains(_ id: UploadID) async throws(Problem) -> Bool {
        let place = path(of: id)
        return try await Blocking.run { () throws(Problem) in access(place, F_OK) == 0 }
    }

    package func write(_ bytes: [UInt8], to id: UploadID, at offset: Int64) async throws(Problem) {
        let place = path(of: id)
        try await Blocking.run { () throws(Problem) in
            guard let file = OpenFile(place, O_WRONLY | O_NOFOLLOW) else { throw Problem(file: place, "cannot open the file") }
            guard lseek(file.number, off_t(offset), SEEK_SET) == off_t(offset) else {
                throw Problem(file: place, "cannot write the file")
            }
            try file.write(bytes[...], place)
        }
    }

    /// When this returns, what was written survives a loss of power.
    package func synchronize(_ id: UploadID) async throws(Problem) {
        let place = path(of: id)
        try await Blocking.run { () throws(Problem) in
            guard let file = OpenFile(place, O_WRONLY | O_NOFOLLOW), fdatasync(file.number) == 0 else {
                throw Problem(file: place, "cannot write the file to disk")
            }
        }
    }

    /// Also done where none is.
    package func remove(_ id: UploadID) async throws(Problem) {
        let place = path(of: id)
        try await Blocking.run { () throws(Problem) in
            guard unlink(place) == 0 || errno == ENOENT else { throw Problem(file: place, "cannot remove the file") }
        }
    }

    package func all() async throws(Problem) -> [UploadID] {
        let path = path
        return try await Blocking.run { () throws(Problem) in
            try FolderNames.list(path).compactMap { UploadID(rawValue: $0) }
        }
    }
}

extension TenantStore {
    package var uploads: UploadFolder { UploadFolder(folder.uploadsPath) }
}
