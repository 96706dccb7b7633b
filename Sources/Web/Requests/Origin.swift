import HTTPTypes
import NIOCore

/// Where a request came from.
struct Origin: Sendable {
    /// From this machine itself: no proxy passed it on for somebody else.
    let isHere: Bool
    /// Whoever connected is on this machine: a proxy there, perhaps.
    let isNear: Bool
    /// Over TLS, as far as this server or a proxy on this machine says.
    let isEncrypted: Bool
    /// Who connected; nil for a socket's file.
    let peer: SocketAddress?

    init(_ head: HTTPRequest, _ channel: any Channel) {
        self.init(head, isNear: Self.isNear(channel.remoteAddress ?? channel.localAddress), channel.remoteAddress)
    }

    /// `isNear` tells whether whoever connected is on this machine.
    init(_ head: HTTPRequest, isNear: Bool, _ peer: SocketAddress? = nil) {
        self.peer = peer
        self.isNear = isNear
        let isForwarded = head.headerFields.contains(.forwardedFor) || head.headerFields.contains(.forwarded)
        isHere = isNear && !isForwarded
        isEncrypted = head.scheme == "https" || isNear && head.headerFields[.forwardedProtocol] == "https"
    }

    private static func isNear(_ address: SocketAddress?) -> Bool {
        switch address {
        case .unixDomainSocket: true
        case .v4, .v6: address?.ipAddress.map { $0.hasPrefix("127.") || $0.hasPrefix("::ffff:127.") || $0 == "::1" } ?? false
        case nil: false
        }
    }
}

extension HTTPField.Name {
    static let forwarded = HTTPField.Name("Forwarded")!
    static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
    static let forwardedProtocol = HTTPField.Name("X-Forwarded-Proto")!
}
