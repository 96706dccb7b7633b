import Glibc
import Model

/// Connects to the daemon, or says in words why that does not work.
enum ConnectedSocket {
    static func connect(to path: String) throws(Problem) -> Descriptor {
        let descriptor = try Descriptor.unixStream()
        // A Unix socket connects at once or not at all.
        let connected = try withUnixAddress(of: path) { Glibc.connect(descriptor.number, $0, $1) }
        guard connected == 0 else { throw problem(errno, path) }
        return descriptor
    }

    static func problem(_ code: Int32, _ path: String) -> Problem {
        switch code {
        case ENOENT, ENOTDIR:
            Problem(.unreachable, "no daemon at \(path)", hint: startHint)
        case ECONNREFUSED:
            Problem(.unreachable, "no daemon answers at \(path) any more", hint: startHint)
        case EACCES, EPERM:
            Problem(
                .permissionDenied, "not allowed to use \(path)",
                hint: "join its group with: sudo usermod -aG \(group(of: path) ?? "cloister") $USER, then log in again",
                cause: text(ofError: code))
        case EAGAIN:
            Problem(.retryLater, "the daemon at \(path) is busy", hint: "try again in a second")
        default:
            Problem(.unreachable, "cannot connect to \(path)", hint: startHint, cause: text(ofError: code))
        }
    }

    private static let startHint =
        "start one with: cloister serve, or: systemctl start cloister; name another socket with --socket"

    private static func group(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_gid != 0 else { return nil }
        return AccountNames.name(ofGroup: status.st_gid)
    }
}
