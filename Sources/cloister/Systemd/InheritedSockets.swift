import CSystemd
import Glibc
import Model

/// The listening sockets that the service manager opened for the daemon (sd_listen_fds(3)), by the name their unit gives.
struct InheritedSockets {
    private var descriptors: [(name: String, descriptor: Int32)]

    init(_ descriptors: [(name: String, descriptor: Int32)]) { self.descriptors = descriptors }

    /// Reads `LISTEN_FDS`, `LISTEN_FDNAMES` and `LISTEN_PID` and removes them; the descriptors become close-on-exec.
    /// Call before another thread exists.
    static func takingEnvironment() throws(Problem) -> InheritedSockets {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(1, &names)
        guard count >= 0 else {
            throw Problem(
                .invalidConfiguration, "cannot take the sockets of the service manager",
                cause: String(cString: strerror(-count)))
        }
        defer { free(names) }
        var descriptors: [(name: String, descriptor: Int32)] = []
        for index in 0..<Int(count) {
            let name = names?[index]
            descriptors.append((name.map { String(cString: $0) } ?? "", SD_LISTEN_FDS_START + Int32(index)))
            free(name)
        }
        return InheritedSockets(descriptors)
    }

    /// A socket for the HTTP server: the one named `http`, or `https` where it is to be encrypted.
    struct WebSocket: Sendable {
        let descriptor: Int32
        let isSecure: Bool
    }

    /// Takes the sockets of the HTTP server, in any number.
    mutating func takeWeb() throws(Problem) -> [WebSocket] {
        var sockets: [WebSocket] = []
        for (name, descriptor) in descriptors where name == "http" || name == "https" {
            guard sd_is_socket(descriptor, 0, Int32(SOCK_STREAM.rawValue), 1) > 0 else {
                throw Problem(
                    .invalidConfiguration, "the socket \(name.debugDescription) of the service manager is not a listening stream",
                    hint: "its unit needs ListenStream=")
            }
            sockets.append(WebSocket(descriptor: descriptor, isSecure: name == "https"))
        }
        descriptors.removeAll { $0.name == "http" || $0.name == "https" }
        return sockets
    }

    /// Takes the control socket: the one named `control`, or the only one if its unit gives it no name. Nil where none was
    /// handed over. One that was named for something else is not it, however alone: who may connect there was decided for that.
    mutating func takeControl() throws(Problem) -> Int32? {
        let index = descriptors.firstIndex { $0.name == "control" } ?? (descriptors.count == 1 && isUnnamed(descriptors[0].name) ? 0 : nil)
        guard let index else { return nil }
        let (name, descriptor) = descriptors.remove(at: index)
        guard sd_is_socket_unix(descriptor, Int32(SOCK_STREAM.rawValue), 1, nil, 0) > 0 else {
            throw Problem(
                .invalidConfiguration, "the socket \(name.debugDescription) of the service manager is not a listening Unix stream",
                hint: "its unit needs ListenStream= with a path")
        }
        return descriptor
    }

    /// Systemd names it after its unit then, and says `unknown` of one from elsewhere: sd_listen_fds_with_names(3).
    private func isUnnamed(_ name: String) -> Bool { name.isEmpty || name == "unknown" || name.hasSuffix(".socket") }

    /// Refuses what nobody took: a socket that never answers is worse than a daemon that says why it does not start.
    func finish() throws(Problem) {
        guard let name = descriptors.first?.name else { return }
        throw Problem(
            .invalidConfiguration, "the service manager handed over a socket without use: \(name.debugDescription)",
            hint: "the control socket's unit has FileDescriptorName=control, that of HTTP has http or https")
    }
}
