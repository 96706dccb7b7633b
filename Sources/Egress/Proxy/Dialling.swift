import Glibc
import Model
import NIOCore
import NIOPosix

/// Connecting to addresses that were judged.
enum Dialling {
    /// The first of the addresses that answers, tried as RFC 8305 says, each within `timeout`. Nothing is read from the
    /// channel before it is asked for.
    static func connect(
        to addresses: [SocketAddress], port: Int, on loop: any EventLoop, timeout: Duration,
        prepare: @escaping (any Channel) throws -> Void
    ) -> EventLoopFuture<any Channel> {
        let prepare = NIOLoopBound(prepare, eventLoop: loop)
        return ClientBootstrap(group: loop)
            .resolver(PinnedAddresses(addresses: addresses, loop: loop))
            .connectTimeout(.nanoseconds(timeout.nanoseconds))
            .channelOption(.autoRead, value: false)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try prepare.value(channel) }
            }
            // The name is never looked at: the addresses are pinned.
            .connect(host: "pinned", port: port)
    }

    /// What went wrong, in words.
    static func reason(_ error: any Error) -> String {
        if let error = error as? NIOConnectionError {
            let reasons = error.connectionErrors.map { reason($0.error) }
            return reasons.isEmpty ? "no address" : reasons.joined(separator: "; ")
        }
        if case ChannelError.connectTimeout? = error as? ChannelError { return "no answer in time" }
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)) }
        return "\(error)"
    }
}
