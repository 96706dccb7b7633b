package import Model

/// A host and a port: where a request goes.
package struct Authority: Hashable, Sendable, CustomStringConvertible {
    package let host: Host
    package let port: Int

    package init(host: Host, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`; without a port takes `defaultPort`, and refuses where there is none. No user information: what
    /// stands before an `@` is a name to one reader and a password to another.
    package init(_ text: some StringProtocol, defaultPort: Int?) throws(Refusal) {
        guard !text.contains("@") else {
            throw Refusal(.badTarget, "user information in the target", hint: "leave out what stands before the @")
        }
        let end = text.hasPrefix("[") ? text.firstIndex(of: "]").map { text.index(after: $0) } : text.firstIndex(of: ":")
        let host = end.map { text[..<$0] } ?? text[...]
        let rest = end.map { text[$0...] } ?? ""
        do throws(Problem) {
            self.host = try Host(authority: host)
        } catch {
            throw Refusal(.badTarget, error.message, hint: error.hint)
        }
        if rest.isEmpty {
            guard let defaultPort else {
                throw Refusal(.badTarget, "a port is missing: \(Refusal.quote(text))", hint: "write host:443")
            }
            port = defaultPort
        } else {
            guard rest.hasPrefix(":"), let port = Self.port(rest.dropFirst()) else {
                throw Refusal(.badTarget, "not a port: \(Refusal.quote(rest))", hint: "1 to 65535")
            }
            self.port = port
        }
    }

    /// Decimal digits without a leading zero, 1 to 65535.
    package static func port(_ text: some StringProtocol) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            text.utf8.first != 0x30, let port = Int(text), port <= 65535
        else { return nil }
        return port
    }

    package var description: String { "\(host):\(port)" }

    /// As a Host field writes it: without the scheme's own port.
    package func field(defaultPort: Int) -> String { port == defaultPort ? "\(host)" : description }
}
