import HTTPTypes
import Tenancy

/// The cookie that holds a session: `__Host-` binds it to this host, to TLS and to the whole of it (RFC 6265bis).
enum SessionCookie {
    static let name = "__Host-session"

    /// The text of the session that a request presents; nil where it presents none. Two of them are refused.
    static func read(_ head: HTTPRequest) throws(Refusal) -> String? {
        let values = HostCookie.values(of: name, head)
        guard values.count < 2 else {
            throw Refusal(
                .badRequest, "malformedHeader", "the request brings two sessions",
                faults: [Fault(.header("Cookie"), "\(name) stands twice")])
        }
        return values.first
    }

    static func set(_ session: OpenSession) -> String {
        "\(name)=\(session.text.text); Path=/; Max-Age=\(Session.life / 1000); Secure; HttpOnly; SameSite=Lax"
    }

    static let cleared = "\(name)=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"
}
