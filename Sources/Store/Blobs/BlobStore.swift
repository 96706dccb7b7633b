import Glibc
package import Model

/// Files by content: a blob is written once, named by the digest of its bytes, and never changed.
///
/// A blob is either there whole, under its digest, or not at all, whatever crashes: bytes go to a file of their own, which
/// is flushed and then renamed.
package struct BlobStore: Sendable {
    /// Asked with the size that a blob would then have, before more of it is written; throws to refuse it.
    package typealias Admission = @Sendable (ByteSize) async throws(Problem) -> Void

    let path: String
    private let admit: Admission

    init(_ path: String, admit: @escaping Admission) {
        self.path = path
        self.admit = admit
    }

    /// Starts a blob of at most `limit` bytes.
    package func begin(limit: ByteSize) async throws(Problem) -> BlobWriter {
        let path = path
        let admit = admit
        return try await Blocking.run { () throws(Problem) in
            try BlobWriter(folder: path, limit: limit, admit: admit)
        }
    }

    /// Opens a blob for reading, or throws `notFound`.
    package func open(_ digest: BlobDigest) async throws(Problem) -> BlobReader {
        let place = Self.place(of: digest, in: path)
        return try await Blocking.run { () throws(Problem) in
            try BlobReader(place, digest)
        }
    }

    /// Makes a blob appear at a path where nothing is, for whoever may read but not write there: as another name of the
    /// same file, or as a copy where the file system has no such names.
    ///
    /// A blob can be read by every user of the machine who reaches it; the folders above it let only the daemon pass.
    package func link(_ digest: BlobDigest, at path: String) async throws(Problem) {
        let place = Self.place(of: digest, in: self.path)
        try await Blocking.run { () throws(Problem) in
            if Glibc.link(place, path) == 0 { return }
            switch errno {
            case ENOENT where access(place, F_OK) != 0: throw Problem(.notFound, "document not found: \(digest)")
            // Another file system, a file with too many names, or a file system without hard links.
            case EXDEV, EMLINK, EPERM, EOPNOTSUPP: try BlobReader(place, digest).copy(to: path)
            default: throw Problem(file: path, "cannot place the document")
            }
        }
    }

    package func contains(_ digest: BlobDigest) async throws(Problem) -> Bool {
        let place = Self.place(of: digest, in: path)
        return try await Blocking.run { () throws(Problem) in access(place, F_OK) == 0 }
    }

    /// Removes a blob; also done where none is. Whoever has it open keeps reading it.
    package func remove(_ digest: BlobDigest) async throws(Problem) {
        let path = path
        try await Blocking.run { () throws(Problem) in try BlobHold.remove(digest, in: path) }
    }

    /// The first two digits of the blobs that there are.
    package func parts() async throws(Problem) -> [String] {
        let path = path
        return try await Blocking.run { () throws(Problem) in
            try FolderNames.list(path).filter { $0.utf8.count == 2 }.sorted()
        }
    }

    /// The blobs whose digits begin with these two.
    package func digests(of part: String) async throws(Problem) -> [BlobDigest] {
        let path = "\(path)/\(part)"
        return try await Blocking.run { () throws(Problem) in
            try FolderNames.list(path).compactMap { BlobDigest("sha256:\(part)\($0)") }
        }
    }

    /// The first two digits are a folder, so that no folder gets too large.
    static func place(of digest: BlobDigest, in path: String) -> String {
        let digits = digest.hexadecimal
        return "\(path)/\(digits.prefix(2))/\(digits.dropFirst(2))"
    }

    static func incoming(_ path: String) -> String { path + "/.incoming" }

    /// Removes what an earlier run began and did not finish. Blocks.
    static func sweep(_ path: String) throws(Problem) {
        try FolderRemoval.remove(incoming(path))
        try BlobHold.clear(path)
    }
}
