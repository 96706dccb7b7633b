import Glibc
import Model

/// Proof that this daemon owns the data folder, as long as it lives. The kernel takes it back from a process that dies.
///
/// A child shares the open file, and with it the lock, from its fork until its program is executed. So the lock is given back
/// by name, and for a moment a daemon that was killed may still seem to hold it.
final class StoreLock: Sendable {
    private let file: OpenFile

    /// Blocks for up to a second while another process holds the lock. Throws `conflict` naming the process after that.
    init(_ folder: StoreFolder) throws(Problem) {
        guard let file = OpenFile(folder.lockPath, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600) else {
            throw Problem(file: folder.lockPath, "cannot open the lock of the data folder")
        }
        let end = ContinuousClock.now + .seconds(1)
        while flock(file.number, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                throw Problem(file: folder.lockPath, "cannot lock the data folder")
            }
            if ContinuousClock.now < end {
                usleep(10_000)
                continue
            }
            let owner = Self.owner(in: file).map { "process \($0)" } ?? "another process"
            throw Problem(
                .conflict, "data folder in use by \(owner): \(folder.path)",
                hint: "stop that daemon, or serve another folder with --data")
        }
        // For whoever is refused; the lock itself is the kernel's.
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(file.number, 0) == 0, pwrite(file.number, text, text.count, 0) == text.count else {
            throw Problem(file: folder.lockPath, "cannot write the lock of the data folder")
        }
        self.file = file
    }

    deinit { flock(file.number, LOCK_UN) }

    private static func owner(in file: borrowing OpenFile) -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(file.number, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count].prefix { $0 != 0x0A }, as: UTF8.self))
    }
}
