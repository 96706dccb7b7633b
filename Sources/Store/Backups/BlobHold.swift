import Glibc
import Model

/// While it lasts, blobs of a tenant that are removed go into a folder of their own instead of away, so that a copy of the
/// database finds what it speaks of. What a crash leaves in that folder the tenant's next opening removes.
struct BlobHold {
    private let blobs: String

    init(_ blobs: String) throws(Problem) {
        self.blobs = blobs
        try Self.clear(blobs)
        try StoreFolder.add(Self.folder(blobs))
    }

    /// What cannot be removed now the next hold, or the tenant's next opening, removes.
    func end() { try? Self.clear(blobs) }

    /// Ends a hold, if there is one, and removes what it kept. Blocks.
    static func clear(_ blobs: String) throws(Problem) {
        let ended = blobs + "/.held-before"
        try FolderRemoval.remove(ended)
        // Under another name first: a folder into which somebody still moves blobs would not get empty.
        guard rename(folder(blobs), ended) == 0 || errno == ENOENT else {
            throw Problem(file: folder(blobs), "cannot end the hold of blobs")
        }
        do throws(Problem) { try FolderRemoval.remove(ended) } catch {
            // Whoever had found the folder before may have put one more into it.
            try FolderRemoval.remove(ended)
        }
    }

    private static func folder(_ blobs: String) -> String { blobs + "/.held" }

    /// Removes a blob, or keeps it for who holds it; also done where none is. Blocks.
    static func remove(_ digest: BlobDigest, in blobs: String) throws(Problem) {
        let place = BlobStore.place(of: digest, in: blobs)
        if rename(place, "\(folder(blobs))/\(digest.hexadecimal)") == 0 { return }
        guard unlink(place) == 0 || errno == ENOENT else { throw Problem(file: place, "cannot remove the blob") }
    }

    /// All blobs, those that were removed since the hold began too, in order. Blocks.
    static func digests(in blobs: String) throws(Problem) -> [BlobDigest] {
        var names: Set<String> = []
        for part in try FolderNames.list(blobs) where part.utf8.count == 2 {
            for rest in try FolderNames.list("\(blobs)/\(part)") { names.insert(part + rest) }
        }
        // Last: what went there meanwhile was in neither.
        names.formUnion(try FolderNames.list(folder(blobs)))
        return names.sorted().compactMap { BlobDigest("sha256:" + $0) }
    }

    /// Opens a blob where it is now.
    static func open(_ digest: BlobDigest, in blobs: String) -> OpenFile? {
        // Twice: it may go from the one place to the other in between.
        for _ in 0..<2 {
            for place in [BlobStore.place(of: digest, in: blobs), "\(folder(blobs))/\(digest.hexadecimal)"] {
                if let file = OpenFile(place, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) { return file }
            }
        }
        return nil
    }
}
