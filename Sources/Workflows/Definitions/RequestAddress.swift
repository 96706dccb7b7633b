package import Model

/// Where a request goes: `https://host[:port]/path?query`, without user, password and fragment.
package struct RequestAddress: Sendable, Hashable {
    package let isEncrypted: Bool
    package let host: Host
    package let port: Int
    /// Path and query.
    package let path: String

    package static let lengthLimit = 8192

    /// Reads it strictly: what two readers could understand in two ways is refused. Throws `invalidInput`, without the path and
    /// the query, in which people keep secrets.
    package init(_ text: String) throws(Problem) {
        guard text.utf8.count <= Self.lengthLimit, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Self.wrong("at most \(Self.lengthLimit) printable ASCII characters without spaces: escape others with @uri, or put them into query")
        }
        let isEncrypted = text.hasPrefix("https://")
        guard isEncrypted || text.hasPrefix("http://") else { throw Self.wrong("it begins with https://, or with http://") }
        let rest = text.dropFirst(isEncrypted ? 8 : 7)
        guard !rest.contains(where: { "#\\\"<>^`{|}".contains($0) }) else {
            throw Self.wrong("no fragment, and nothing that must be escaped")
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { throw Self.wrong("no user and no password: keep them as a secret") }
        let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : authority.firstIndex(of: ":")
        host = try Host(authority: end.map { authority[..<$0] } ?? authority)
        port = try Self.port(end.map { authority[$0...] } ?? "", isEncrypted ? 443 : 80)
        let path = rest.dropFirst(authority.count)
        guard !Self.hasDots(path) else { throw Self.wrong("no . and no .. in its path") }
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
        self.isEncrypted = isEncrypted
    }

    /// Whether a text that an address begins with has all of its host: what comes behind it belongs to the path or the query.
    static func endsItsHost(_ beginning: String) -> Bool {
        guard let scheme = beginning.firstRange(of: "://") else { return false }
        return beginning[scheme.upperBound...].contains { $0 == "/" || $0 == "?" }
    }

    private static func port(_ text: Substring, _ ordinary: Int) throws(Problem) -> Int {
        if text.isEmpty { return ordinary }
        let digits = text.dropFirst()
        guard text.hasPrefix(":"), (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            digits.first != "0", let port = Int(digits), port <= 65_535
        else { throw wrong("the port is 1 to 65535") }
        return port
    }

    /// Segments that lead out of where they stand, however they are written (RFC 3986, section 5.2.4).
    private static func hasDots(_ path: Substring) -> Bool {
        path.prefix { $0 != "?" }.split(separator: "/").contains { segment in
            let plain = segment.lowercased().replacing("%2e", with: ".")
            return plain == "." || plain == ".."
        }
    }

    private static func wrong(_ hint: String) -> Problem {
        Problem(.invalidInput, "not an address for a request", hint: hint)
    }
}
