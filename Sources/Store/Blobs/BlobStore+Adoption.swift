import Crypto
import Glibc
package import Model

/// Files that were written elsewhere in the tenant's folder.
extension BlobStore {
    /// The digest of a file, which is read as a whole.
    package func digest(ofFile path: String) async throws(Problem) -> BlobDigest {
        try await Blocking.run { () throws(Problem) in
            guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW) else { throw Problem(file: path, "cannot read the file") }
            var digest = SHA256()
            var buffer = [UInt8](repeating: 0, count: 1 << 18)
            var offset: Int64 = 0
            while true {
                let count = try Self.read(file, &buffer, at: offset, path)
                guard count > 0 else { break }
                buffer.withUnsafeBytes { digest.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                offset += Int64(count)
            }
            return BlobDigest(Array(digest.finalize()))
        }
    }

    /// Makes a file that has this digest a blob too, under another name of its own: the file stays. Nobody writes to it any
    /// more. When this returns the blob survives a loss of power.
    package func adopt(_ path: String, as digest: BlobDigest) async throws(Problem) {
        let folder = self.path
        let isLinked = try await Blocking.run { () throws(Problem) in
            let place = Self.place(of: digest, in: folder)
            let parent = String(place[..<(place.lastIndex(of: "/") ?? place.startIndex)])
            let isNewFolder = access(parent, F_OK) != 0
            try StoreFolder.add(parent)
            guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW), fchmod(file.number, 0o444) == 0, fsync(file.number) == 0 else {
                throw Problem(file: path, "cannot write the file to disk")
            }
            guard Glibc.link(path, place) == 0 || errno == EEXIST else {
                // A file system without hard links.
                if errno == EPERM || errno == EOPNOTSUPP || errno == EMLINK { return false }
                throw Problem(file: place, "cannot keep the blob")
            }
            try OpenFile.synchronizeFolder(parent)
            if isNewFolder { try OpenFile.synchronizeFolder(folder) }
            return true
        }
        if !isLinked { try await copy(path) }
    }

    private func copy(_ path: String) async throws(Problem) {
        let writer = try await begin(limit: ByteSize(bytes: .max))
        var offset: Int64 = 0
        while true {
            let position = offset
            let part = try await Blocking.run { () throws(Problem) in
                guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW) else { throw Problem(file: path, "cannot read the file") }
                var buffer = [UInt8](repeating: 0, count: 1 << 20)
                let count = try Self.read(file, &buffer, at: position, path)
                return Array(buffer[..<count])
            }
            guard !part.isEmpty else { break }
            try await writer.append(part)
            offset += Int64(part.count)
        }
        _ = try await writer.finish()
    }

    private static func read(
        _ file: borrowing OpenFile, _ buffer: inout [UInt8], at offset: Int64, _ path: String
    ) throws(Problem) -> Int {
        let number = file.number
        while true {
            let count = pread(number, &buffer, buffer.count, off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Problem(file: path, "cannot read the file") }
            return count
        }
    }
}
