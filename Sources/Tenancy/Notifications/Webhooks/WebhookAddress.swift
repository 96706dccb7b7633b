package import Model

/// Where a webhook is: `https://host[:port]/path`, without user, password and fragment.
package struct WebhookAddress: Sendable, Hashable {
    package let isEncrypted: Bool
    package let host: Host
    package let port: Int
    /// Path and query.
    package let path: String

    /// In its one canonical form.
    package var text: String {
        let isOrdinary = port == (isEncrypted ? 443 : 80)
        return "\(isEncrypted ? "https" : "http")://\(host)\(isOrdinary ? "" : ":\(port)")\(path)"
    }

    package static let lengthLimit = 2048

    /// Reads it strictly: what two readers could understand in two ways is refused.
    package init(_ text: String, allowsPlain: Bool) throws(Problem) {
        guard text.utf8.count <= Self.lengthLimit, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Self.wrong("at most \(Self.lengthLimit) printable ASCII characters without spaces")
        }
        let isEncrypted = text.hasPrefix("https://")
        guard isEncrypted || allowsPlain && text.hasPrefix("http://") else { throw Self.wrong("it begins with https://") }
        let rest = text.dropFirst(isEncrypted ? 8 : 7)
        guard !rest.contains(where: { "#\\\"<>^`{|}".contains($0) }) else {
            throw Self.wrong("no fragment, and nothing that must be escaped")
        }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { throw Self.wrong("no user and no password") }
        let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : authority.firstIndex(of: ":")
        let name = end.map { authority[..<$0] } ?? authority
        do throws(Problem) {
            host = try Host(authority: name)
        } catch {
            throw Problem(.invalidInput, "/url: \(error.message)", hint: error.hint)
        }
        let colon = end.map { authority[$0...] } ?? ""
        if colon.isEmpty {
            port = isEncrypted ? 443 : 80
        } else {
            let digits = colon.dropFirst()
            guard colon.hasPrefix(":"), (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                digits.first != "0", let port = Int(digits), port <= 65_535
            else { throw Self.wrong("the port is 1 to 65535") }
            self.port = port
        }
        let path = rest.dropFirst(authority.count)
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
        self.isEncrypted = isEncrypted
    }

    private static func wrong(_ hint: String) -> Problem {
        Problem(.invalidInput, "/url: not an address for a webhook", hint: hint)
    }
}
