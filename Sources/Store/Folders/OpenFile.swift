import Glibc
import Model

/// A descriptor with exactly one owner; closed when the owner goes.
struct OpenFile: ~Copyable, Sendable {
    let number: Int32

    init(owning number: Int32) { self.number = number }

    /// Opens a path close-on-exec; nil with `errno` set.
    init?(_ path: String, _ flags: Int32, mode: mode_t = 0) {
        let number = path.withCString { openat(AT_FDCWD, $0, flags | O_CLOEXEC, mode) }
        guard number >= 0 else { return nil }
        self.number = number
    }

    deinit { close(number) }

    /// Writes all of the bytes. `path` names the file in a problem.
    borrowing func write(_ bytes: ArraySlice<UInt8>, _ path: String) throws(Problem) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress! + done, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Problem(file: path, "cannot write the file") }
            done += count
        }
    }

    /// Makes what was renamed into a folder, or removed from it, survive a crash.
    static func synchronizeFolder(_ path: String) throws(Problem) {
        guard let folder = OpenFile(path, O_RDONLY | O_DIRECTORY), fsync(folder.number) == 0 else {
            throw Problem(file: path, "cannot write the folder to disk")
        }
    }
}
