import NIOCore

/// Decides by the first bytes of a tunnel whether they are meant for the host that the tunnel leads to. Pure.
package struct TunnelGate: Hashable, Sendable {
    package enum Decision: Hashable, Sendable {
        case wait
        case open
        case shut(Refusal)
    }

    package let destination: Authority

    package init(_ destination: Authority) { self.destination = destination }

    /// On port 443 nothing but TLS passes; elsewhere what looks like TLS or HTTP must name the host, and the rest passes.
    package var demandsTLS: Bool { destination.port == 443 }

    package func decide(_ bytes: UnsafeRawBufferPointer) -> Decision {
        switch ClientHello(bytes) {
        case .incomplete: return bytes.count >= ClientHello.limit ? shut("a greeting of more than 16 KiB") : .wait
        case .malformed(let what): return shut("not TLS: \(what)")
        case .nameless:
            guard case .name = destination.host else { return .open }
            return shut("TLS without a server name, but the tunnel leads to \(destination)")
        case .names(let name): return decide(name: name)
        case .notTLS: return demandsTLS ? shut("not TLS on port 443") : decidePlain(bytes)
        }
    }

    private func decide(name: String) -> Decision {
        // An address is not a server name (RFC 6066), but some clients send one.
        guard let host = try? Host(name: name), host == destination.host else {
            return shut("the server name is \(Refusal.quote(name)), but the tunnel leads to \(destination)")
        }
        return .open
    }

    /// A request of HTTP/1 in the clear has a Host; what is no request is somebody else's protocol.
    private func decidePlain(_ bytes: UnsafeRawBufferPointer) -> Decision {
        guard let end = bytes.firstIndex(of: 0x0A) else {
            let couldBeRequest = bytes.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x0D } && Self.startsWithMethod(bytes)
            return couldBeRequest && bytes.count < MessageHead.byteLimit / 4 ? .wait : .open
        }
        let line = String(decoding: bytes[..<end], as: UTF8.self)
        guard line.hasSuffix(" HTTP/1.1\r") || line.hasSuffix(" HTTP/1.0\r") else { return .open }
        var buffer = ByteBuffer(bytes: bytes)
        do throws(Refusal) {
            guard let head = try MessageHead.take(from: &buffer) else {
                return bytes.count >= ClientHello.limit ? shut("a head of more than 16 KiB") : .wait
            }
            for host in head.values("host") where try Authority(host, defaultPort: destination.port) != destination {
                return shut("Host is \(Refusal.quote(host)), but the tunnel leads to \(destination)")
            }
            return .open
        } catch {
            return .shut(error.at(destination))
        }
    }

    private static func startsWithMethod(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let word = bytes.prefix(8).prefix { $0 != 0x20 }
        return word.allSatisfy { (0x41...0x5A).contains($0) }
    }

    private func shut(_ reason: String) -> Decision {
        .shut(Refusal(.nameMismatch, reason, destination: destination, hint: "connect to the host that the tunnel was asked for"))
    }
}
