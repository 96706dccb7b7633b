package import NIOCore

/// A request to the proxy that says one thing only: its target, its Host field and its framing agree.
package struct ProxyRequest: Hashable, Sendable {
    package enum Scheme: String, Sendable {
        case http, https
        package var port: Int { self == .http ? 80 : 443 }
    }

    package enum Form: Hashable, Sendable {
        /// `CONNECT host:port`.
        case tunnel
        /// `GET http://host/path`; the path starts with a slash.
        case exchange(Scheme, path: String)
    }

    package let method: String
    package let form: Form
    package let destination: Authority
    package let framing: BodyFraming
    /// Whether the child may send another request behind this one.
    package let keepsOpen: Bool
    private let head: MessageHead

    package init(_ head: MessageHead) throws(Refusal) {
        let words = head.startLine.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, MessageHead.isToken(words[0]), words[0].utf8.count <= 32,
            words[1].utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw Refusal(.badRequest, "not a request line: \(Refusal.quote(words[0]))…") }
        method = String(words[0])
        let isOld = words[2] == "HTTP/1.0"
        guard isOld || words[2] == "HTTP/1.1" else {
            throw Refusal(.versionUnsupported, "not HTTP/1.1: \(Refusal.quote(words[2]))")
        }
        self.head = head
        keepsOpen = !isOld && !head.words("connection").contains("close") && !head.words("proxy-connection").contains("close")
        (form, destination) = try Self.target(method, words[1])
        framing = try BodyFraming(head)
        if form == .tunnel {
            guard framing == .none else {
                throw Refusal(.badRequest, "CONNECT with a body", destination: destination)
            }
        } else if isOld {
            throw Refusal(
                .versionUnsupported, "HTTP/1.0 has no way to tell where an answer ends", destination: destination,
                hint: "speak HTTP/1.1")
        }
        try Self.checkHost(head, destination, form, isOld: isOld)
    }

    static func target(_ method: String, _ target: Substring) throws(Refusal) -> (Form, Authority) {
        if method == "CONNECT" { return (.tunnel, try Authority(target, defaultPort: nil)) }
        guard let colon = target.firstIndex(of: ":"), target[colon...].hasPrefix("://"),
            let scheme = Scheme(rawValue: target[..<colon].lowercased())
        else {
            throw Refusal(
                .badTarget, "not the address of a page: \(Refusal.quote(target: target))",
                hint: "this is a proxy: send `\(method) http://host/path` or `CONNECT host:443`")
        }
        let rest = target[colon...].dropFirst(3)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" || $0 == "\\" } ?? rest.endIndex
        let path = rest[end...]
        guard !path.contains("#"), !path.contains("\\") else {
            throw Refusal(.badTarget, "a fragment or a backslash in the target: \(Refusal.quote(target: target))")
        }
        let destination = try Authority(rest[..<end], defaultPort: scheme.port)
        return (.exchange(scheme, path: path.hasPrefix("/") ? String(path) : "/" + path), destination)
    }

    /// HTTP/1.0 knew no Host; where there is one, there is one only, and it names the target.
    private static func checkHost(
        _ head: MessageHead, _ destination: Authority, _ form: Form, isOld: Bool
    ) throws(Refusal) {
        let hosts = head.values("host")
        guard hosts.count <= 1 else { throw Refusal(.badRequest, "Host stands more than once", destination: destination) }
        guard let host = hosts.first else {
            guard isOld else { throw Refusal(.badRequest, "Host is missing", destination: destination) }
            return
        }
        let defaultPort = if case .exchange(let scheme, _) = form { scheme.port } else { destination.port }
        guard try Authority(host, defaultPort: defaultPort) == destination else {
            throw Refusal(
                .nameMismatch, "Host is \(Refusal.quote(host)), but the target is \(destination)", destination: destination,
                hint: "send the same host in both")
        }
    }

    /// Writes the head as the origin gets it: its own path, one Host, nothing that was meant for the proxy, and a
    /// connection that ends with the answer. `injected` fields replace what the child sent under their names.
    package func writeHead(path: String, scheme: Scheme, injecting injected: [MessageHead.Field], into buffer: inout ByteBuffer) {
        var fields = [MessageHead.Field("Host", destination.field(defaultPort: scheme.port))]
        fields += head.endToEndFields(leavingOut: Set(injected.map { $0.name.lowercased() } + ["host"]))
        fields += injected
        if framing == .chunked { fields.append(.init("Transfer-Encoding", "chunked")) }
        fields.append(.init("Connection", "close"))
        MessageHead.write(startLine: "\(method) \(path) HTTP/1.1", fields, into: &buffer)
    }
}
