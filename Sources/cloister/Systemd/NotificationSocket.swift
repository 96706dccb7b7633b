// Both tell of sockets; the compiler counts the constants to whichever it met first.
import CSystemd
import Glibc

/// The datagram socket of the service manager: a path, or `@` and a name in the abstract namespace (unix(7)).
enum NotificationSocket {
    /// False where the address is of another kind or nobody receives.
    static func send(_ message: [UInt8], to text: String) -> Bool {
        var name = Array(text.utf8)
        guard name.count > 1, name[0] == UInt8(ascii: "/") || name[0] == UInt8(ascii: "@") else { return false }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        let isAbstract = name[0] == UInt8(ascii: "@")
        if isAbstract { name[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        // A path ends with a zero byte; an abstract name is exactly as long as the address says.
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        let length = socklen_t(offset + name.count + (isAbstract ? 0 : 1))

        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        // The queue is short (net.unix.max_dgram_qlen); a service manager that hangs must not hang the daemon too.
        for _ in 0..<100 {
            let sent = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(socket, message, message.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0, length)
                }
            }
            if sent >= 0 || errno != EAGAIN { return sent == message.count }
            usleep(10_000)
        }
        return false
    }
}
