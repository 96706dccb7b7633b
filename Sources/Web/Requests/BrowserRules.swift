import HTTPTypes
import Tenancy

/// What a browser says of where a request comes from, and what must be true of it before a cookie authorises a change.
///
/// A key is never sent by a browser unasked, so that requests with one need none of this.
enum BrowserRules {
    static let formToken = HTTPField.Name("X-Form-Token")!
    private static let fetchSite = HTTPField.Name("Sec-Fetch-Site")!

    /// Changes need all three: a page of this very host (Fetch Metadata and Origin, both present) and the form's token.
    static func check(_ head: HTTPRequest, _ session: OpenSession) throws(Refusal) {
        guard !isSafe(head.method) else { return }
        try checkPage(head)
        let tokens = head.headerFields[values: formToken]
        guard tokens.count == 1, session.text.accepts(formToken: tokens[0]) else {
            throw refusal("the request lacks the token of this session's forms", hint: "send formToken of GET /api/me in X-Form-Token")
        }
    }

    /// The first two of them, for the forms of pages: `PageForm` looks for the token that stands in the form.
    static func checkPage(_ head: HTTPRequest) throws(Refusal) {
        guard !isSafe(head.method) else { return }
        guard head.headerFields[fetchSite] != nil, head.headerFields[.origin] != nil else {
            throw refusal(
                "the request does not say from which page it comes",
                hint: "a browser sends Sec-Fetch-Site and Origin; a program uses a key")
        }
        try checkSite(head)
    }

    /// For what needs no session, such as a login: a page of another host must not do it, a program may.
    static func checkSite(_ head: HTTPRequest) throws(Refusal) {
        guard !isSafe(head.method) else { return }
        guard !isSentFromElsewhere(head) else {
            throw refusal("the request comes from another site")
        }
        let origins = head.headerFields[values: .origin]
        guard origins.count < 2, origins.allSatisfy({ isOwn($0, head.authority ?? "") }) else {
            throw refusal("the request comes from a page of another origin")
        }
    }

    /// Whether the browser says that a page of another site sent it here, or had it fetch this; also where it says two things.
    static func isSentFromElsewhere(_ head: HTTPRequest) -> Bool {
        let sites = head.headerFields[values: fetchSite]
        return sites.count > 1 || !sites.allSatisfy { $0 == "same-origin" || $0 == "none" }
    }

    private static func isSafe(_ method: HTTPRequest.Method) -> Bool { method == .get || method == .head }

    /// Whether the origin's host and port are those that the request asks. The scheme is the proxy's affair before us.
    private static func isOwn(_ origin: String, _ authority: String) -> Bool {
        for (scheme, port) in [("https://", ":443"), ("http://", ":80")] where origin.hasPrefix(scheme) {
            let host = origin.dropFirst(scheme.count).lowercased()
            let own = authority.lowercased()
            return !host.isEmpty && (own == host || own == host + port)
        }
        return false
    }

    private static func refusal(_ detail: String, hint: String? = nil) -> Refusal {
        Refusal(.forbidden, "foreignRequest", detail, hint: hint)
    }
}
