import Glibc
import Model
import Synchronization

/// What changes with a file, whoever changes it: its time of change cannot be set.
package struct FileStamp: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let modified: Moment
    private let changed: Moment

    private struct Moment: Hashable {
        let seconds: Int
        let nanoseconds: Int

        init(_ time: timespec) { (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec) }
    }

    init(_ status: stat) {
        (device, inode, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int64(status.st_size))
        (modified, changed) = (Moment(status.st_mtim), Moment(status.st_ctim))
    }

    /// Of what a path leads to; nil where nothing is.
    package init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }
}

/// Manifests that were read from files, as long as those are the same.
final class ManifestMemory: Sendable {
    /// More than a host has in use at a time; of more all are forgotten.
    private static let limit = 1024

    private let known = Mutex<[String: (stamp: FileStamp, manifest: Manifest)]>([:])

    func find(_ path: String, _ stamp: FileStamp) -> Manifest? {
        known.withLock { $0[path] }.flatMap { $0.stamp == stamp ? $0.manifest : nil }
    }

    /// Keeps what was read from a file after its stamp was taken.
    func keep(_ manifest: Manifest, at path: String, _ stamp: FileStamp) {
        known.withLock { known in
            if known.count >= Self.limit, known[path] == nil { known = [:] }
            known[path] = (stamp, manifest)
        }
    }
}
