package import Glibc
package import Model

/// A descriptor with exactly one owner; closed when the owner goes.
package struct OpenFile: ~Copyable, Sendable {
    package let number: Int32

    package init(owning number: Int32) { self.number = number }

    /// Opens a path close-on-exec; nil with `errno` set.
    package init?(_ path: String, _ flags: Int32, mode: mode_t = 0) {
        let number = path.withCString { openat(AT_FDCWD, $0, flags | O_CLOEXEC, mode) }
        guard number >= 0 else { return nil }
        self.number = number
    }

    deinit { close(number) }

    /// Writes all of the bytes. `path` names the file in a problem.
    package borrowing func write(_ bytes: ArraySlice<UInt8>, _ path: String) throws(Problem) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress! + done, $0.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Problem(file: path, "cannot write the file") }
            done += count
        }
    }

    /// Fills the buffer with what stands at `offset` and tells how much that was; less only at the end of the file.
    package borrowing func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int64, _ path: String
    ) throws(Problem) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(number, buffer.baseAddress! + done, buffer.count - done, off_t(offset) + off_t(done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Problem(file: path, "cannot read the file") }
            guard count > 0 else { break }
            done += count
        }
        return done
    }

    /// Puts a whole file there, for its owner alone, or leaves what is there: a crash leaves the one or the other.
    package static func replaceFile(_ path: String, with bytes: [UInt8]) throws(Problem) {
        let temporary = path + ".new"
        unlink(temporary)
        guard let file = OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600) else {
            throw Problem(file: temporary, "cannot make the file")
        }
        try file.write(bytes[...], temporary)
        guard fsync(file.number) == 0, rename(temporary, path) == 0 else { throw Problem(file: path, "cannot write the file") }
        try synchronizeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
    }

    /// Makes what was renamed into a folder, or removed from it, survive a crash.
    package static func synchronizeFolder(_ path: String) throws(Problem) {
        guard let folder = OpenFile(path, O_RDONLY | O_DIRECTORY), fsync(folder.number) == 0 else {
            throw Problem(file: path, "cannot write the folder to disk")
        }
    }
}
