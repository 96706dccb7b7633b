import Model
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

    /// A request of HTTP/1 in the clear has a Host; what is no request is somebody else's protocol. Whatever a lenient
    /// server would take for a request is one, and then read strictly.
    private func decidePlain(_ bytes: UnsafeRawBufferPointer) -> Decision {
        guard let end = bytes.firstIndex(of: 0x0A) else {
            guard Self.couldBeRequest(bytes) else { return .open }
            return bytes.count >= ClientHello.limit ? shut("a head of more than 16 KiB") : .wait
        }
        let words = bytes[..<end].split { $0 == 0x20 || (0x09...0x0D).contains($0) }
        guard words.count > 1, let version = words.last, version.starts(with: "HTTP/1.".utf8) else { return .open }
        var buffer = ByteBuffer(bytes: bytes)
        do throws(Refusal) {
            guard let head = try MessageHead.take(from: &buffer) else {
                return bytes.count >= ClientHello.limit ? shut("a head of more than 16 KiB") : .wait
            }
            for host in head.values("host") where try Authority(host, defaultPort: destination.port) != destination {
                return shut("Host is \(Refusal.quote(host)), but the tunnel leads to \(destination)")
            }
            return try decide(target: head.startLine)
        } catch {
            return .shut(error.at(destination))
        }
    }

    /// A target with a host in it counts more than Host does (RFC 9112, section 3.2.2).
    private func decide(target startLine: String) throws(Refusal) -> Decision {
        let words = startLine.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3 else { throw Refusal(.badRequest, "not a request line") }
        guard !words[1].hasPrefix("/"), words[1] != "*" else { return .open }
        guard case (.exchange(.http, _), let authority) = try ProxyRequest.target(String(words[0]), words[1]),
            authority.host == destination.host
        else { return shut("a request for another target than \(destination)") }
        return .open
    }

    /// Whether a line that has not ended may become a request's: a word, a space, and nothing that cannot be seen.
    private static func couldBeRequest(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let word = bytes.prefix { $0 != 0x20 }
        return word.count <= 32 && MessageHead.isToken(String(decoding: word, as: UTF8.self))
            && bytes.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x0D || $0 == 0x09 }
    }

    private func shut(_ reason: String) -> Decision {
        .shut(Refusal(.nameMismatch, reason, destination: destination, hint: "connect to the host that the tunnel was asked for"))
    }
}
