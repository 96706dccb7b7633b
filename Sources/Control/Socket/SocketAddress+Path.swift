import Glibc
import Model

/// Calls `body` with the address of a socket in the file system (unix(7)); `invalidConfiguration` where the path is too long.
func withUnixAddress<Result>(
    of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
) throws(Problem) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, bytes.count < capacity, !bytes.contains(0) else {
        throw Problem(
            .invalidConfiguration, "not a path for a socket: \(path.debugDescription)",
            hint: "at most \(capacity - 1) bytes; choose a shorter one with --socket or the key socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}

/// The text for an errno.
func text(ofError code: Int32) -> String { String(cString: strerror(code)) }
