import CLinux
package import Model

/// Two ends of a local connection that keeps messages apart, close-on-exec: a descriptor goes through it.
package struct SocketPair: ~Copyable, Sendable {
    package let near: Descriptor
    package let far: Descriptor

    package init() throws(Problem) {
        var ends: [Int32] = [-1, -1]
        guard cloister_socket_pair(&ends) == 0 else {
            throw Problem(systemCall: "socketpair", hint: "raise LimitNOFILE of the daemon")
        }
        near = Descriptor(owning: ends[0])
        far = Descriptor(owning: ends[1])
    }

    private init(near: Int32, far: Int32) {
        self.near = Descriptor(owning: near)
        self.far = Descriptor(owning: far)
    }

    /// No sockets.
    package static var none: SocketPair { SocketPair(near: -1, far: -1) }

    /// Keeps this end and closes the other.
    package consuming func keepNear() -> Descriptor { near }
}

/// Receives the listener of a child's way out from the launcher.
package enum EgressSocket {
    /// The listener, once `LaunchStatus.listening` was reported. Takes `socket` over and never waits.
    package static func receive(from socket: consuming Descriptor) throws(Problem) -> Descriptor {
        let listener = cloister_receive_descriptor(socket.number)
        guard listener >= 0 else { throw Problem(systemCall: "receiving the listener of the way out") }
        return Descriptor(owning: listener)
    }
}
