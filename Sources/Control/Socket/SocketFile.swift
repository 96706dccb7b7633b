import Glibc
import Model

/// The file of a socket that this process bound. Removes it at the end of its life if it is still the same file.
struct SocketFile: ~Copyable {
    let path: String
    private let device: dev_t
    private let inode: ino_t
    private let lock: SocketLock

    init(at path: String, lock: consuming SocketLock) throws(Problem) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            throw Problem(.conflict, "\(path) was replaced while it was made")
        }
        self.path = path
        self.lock = lock
        device = status.st_dev
        inode = status.st_ino
    }

    deinit {
        var status = stat()
        if lstat(path, &status) == 0, status.st_dev == device, status.st_ino == inode { unlink(path) }
    }
}
