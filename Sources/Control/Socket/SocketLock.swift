import Glibc
import Model

/// Held by the one daemon that serves a socket path, through flock(2) on a file beside it; the kernel lets go of it when
/// the daemon dies, however it dies.
struct SocketLock: ~Copyable {
    private let file: Descriptor

    /// `conflict` where another process holds it.
    init(for path: String) throws(Problem) {
        let lockPath = path + ".lock"
        let number = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else {
            throw Problem(
                .invalidConfiguration, "cannot open \(lockPath)", hint: "the folder must exist and be writable",
                cause: text(ofError: errno))
        }
        let file = Descriptor(number)
        guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else {
            throw Problem(
                .conflict, "another daemon already serves \(path)",
                hint: "stop it, or give this one its own --data or --socket")
        }
        self.file = file
    }
}
