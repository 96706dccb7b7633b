import HTTPTypes

/// What the pages before a login keep in a browser, each bound to this host and to TLS as the session's cookie is.
enum HostCookie: String {
    /// What the token of the forms is made of.
    case form = "__Host-form"
    /// The ticket of a login at a provider.
    case signIn = "__Host-sign-in"
    /// The first half of a login that needs a code.
    case step = "__Host-step"

    /// Nil also where it stands twice: neither is to be believed.
    func read(_ head: HTTPRequest) -> String? {
        let values = Self.values(of: rawValue, head)
        return values.count == 1 ? values[0] : nil
    }

    func set(_ value: String, seconds: Int64) -> String {
        "\(rawValue)=\(value); Path=/; Max-Age=\(seconds); Secure; HttpOnly; SameSite=Lax"
    }

    var cleared: String { self.set("", seconds: 0) }

    static func values(of name: String, _ head: HTTPRequest) -> [String] {
        // HTTP/2 may send each cookie in a field of its own: RFC 9113 section 8.2.3.
        let pairs = head.headerFields[values: .cookie].flatMap { $0.split(separator: ";") }.map { $0.trimming { $0 == " " } }
        return pairs.filter { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}
