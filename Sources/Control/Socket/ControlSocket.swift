import Glibc
package import Model

/// A listening socket for control connections and, where this process made it, the file that it stands for.
package struct ControlSocket: ~Copyable {
    let listener: Descriptor
    let file: SocketFile?

    /// How many connections the kernel holds ready while the daemon is busy.
    private static let backlog: Int32 = 128
    private static let mode: mode_t = 0o660

    /// Binds a path: mode 0660, and the group where one is named.
    ///
    /// There is no moment at which the file grants more. A socket that a dead daemon left behind is replaced;
    /// one that answers is `conflict`, and so is any other kind of file.
    package static func bind(path: String, group: String? = nil) throws(Problem) -> ControlSocket {
        let groupID = try group.map { (name) throws(Problem) in try Self.identifier(ofGroup: name) }
        let lock = try SocketLock(for: path)
        try removeStale(path)
        let listener = try makeListener(at: path)
        // Linux gives the file the mode of the socket's own inode (unix_bind_bsd), so no umask, which belongs to
        // every thread of the process, has to change.
        let file = try SocketFile(at: path, lock: lock)
        if let groupID, fchownat(AT_FDCWD, path, uid_t.max, groupID, AT_SYMLINK_NOFOLLOW) != 0 {
            throw Problem(
                .invalidConfiguration, "cannot give \(path) to the group \(group ?? "")",
                hint: "the daemon's user must be a member of it", cause: text(ofError: errno))
        }
        guard chmod(path, mode) == 0 else {
            throw Problem(.invalidConfiguration, "cannot set the mode of \(path)", cause: text(ofError: errno))
        }
        return ControlSocket(listener: listener, file: file)
    }

    /// Takes over a listening socket that another process made, for example systemd; its file stays that process's affair.
    package static func inherited(descriptor: Int32) throws(Problem) -> ControlSocket {
        var flag: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &flag, &size) == 0, flag != 0 else {
            throw Problem(.invalidConfiguration, "descriptor \(descriptor) is not a listening socket")
        }
        return ControlSocket(listener: Descriptor(descriptor), file: nil)
    }

    static func makeListener(at path: String) throws(Problem) -> Descriptor {
        func failure(_ action: String) -> Problem {
            let hint = "the folder must exist and be writable for this user"
            return Problem(.invalidConfiguration, "cannot \(action) \(path)", hint: hint, cause: text(ofError: errno))
        }
        let listener = try Descriptor.unixStream()
        guard fchmod(listener.number, 0o600) == 0 else { throw failure("prepare") }
        let bound = try withUnixAddress(of: path) { Glibc.bind(listener.number, $0, $1) }
        guard bound == 0 else { throw failure("bind") }
        guard listen(listener.number, backlog) == 0 else { throw failure("listen on") }
        return listener
    }

    private static func removeStale(_ path: String) throws(Problem) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw Problem(
                .conflict, "\(path) exists and is not a socket", hint: "remove it, or choose another with --socket")
        }
        let probe = try Descriptor.unixStream()
        let answered = try withUnixAddress(of: path) { connect(probe.number, $0, $1) }
        // Only a refusal proves that nobody listens; a full backlog, for example, is EAGAIN.
        guard answered != 0, errno == ECONNREFUSED else {
            throw Problem(
                .conflict, "another process already listens on \(path)",
                hint: "stop it, or give this daemon its own --data or --socket")
        }
        guard unlink(path) == 0 else {
            throw Problem(.conflict, "cannot replace the stale socket \(path)", cause: text(ofError: errno))
        }
    }

    private static func identifier(ofGroup name: String) throws(Problem) -> gid_t {
        guard let group = AccountNames.identifier(ofGroup: name) else {
            throw Problem(
                .invalidConfiguration, "group not found: \(name)",
                hint: "create it with: sudo groupadd --system \(name)")
        }
        return group
    }
}

extension Descriptor {
    static func unixStream() throws(Problem) -> Descriptor {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let number = socket(AF_UNIX, type, 0)
        guard number >= 0 else {
            throw Problem(.internalFault, "cannot create a socket", cause: text(ofError: errno))
        }
        return Descriptor(number)
    }
}
