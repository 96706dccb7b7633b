import NIOCore
import NIOPosix

/// `struct ucred` of unix(7), which glibc shows to C programs that ask for GNU extensions only.
struct PeerCredentials: Sendable {
    var processID: Int32 = 0
    var userID: UInt32 = 0
    var groupID: UInt32 = 0

    /// Of the process that made the connection.
    static func of(_ channel: any Channel) -> EventLoopFuture<PeerCredentials> {
        guard let provider = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        return provider.unsafeGetSocketOption(level: .socket, name: NIOBSDSocket.Option(rawValue: soPeerCred))
    }

    private static let soPeerCred: Int32 = 17
}
