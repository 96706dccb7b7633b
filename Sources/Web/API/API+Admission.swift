import HTTPTypes
import HummingbirdCore
import Tenancy

extension API {
    /// Who asks: by a key where the request presents one, else by the session in its cookie. Nobody where anybody may.
    func admit(_ request: Request, _ route: Route) async throws -> (Principal?, OpenSession?) {
        switch route.access {
        case .everybody:
            try BrowserRules.checkSite(request.head)
            return (nil, nil)
        case .key:
            if request.headers.contains(.authorization) { return (try principal(of: request), nil) }
        case .person:
            guard !request.headers.contains(.authorization) else {
                _ = try principal(of: request)
                throw Refusal(.forbidden, "permissionDenied", "a key has no affairs of its own", hint: "log in as a person")
            }
        case .page:
            // A cookie beside a key counts for nothing, and a key opens no page.
            guard !request.headers.contains(.authorization), let text = try SessionCookie.read(request.head),
                let session = try await people.session(text)
            else { return (nil, nil) }
            return (session.person.principal, session)
        }
        guard let text = try SessionCookie.read(request.head) else {
            throw Self.unauthenticated(
                "the request presents no key", hint: "send Authorization: Bearer KEY; cloister key create makes one")
        }
        guard let session = try await people.session(text) else {
            var refusal = Self.unauthenticated("the session is over", hint: "log in again")
            refusal.headers[.setCookie] = SessionCookie.cleared
            throw refusal
        }
        return (session.person.principal, session)
    }

    private func principal(of request: Request) throws(Refusal) -> Principal {
        guard let key = HeaderRules.bearer(request.head) else {
            throw Self.unauthenticated(
                "the request presents no key", hint: "send Authorization: Bearer KEY; cloister key create makes one")
        }
        guard let principal = authenticate(key) else {
            throw Self.unauthenticated(
                "the key opens nothing", hint: "it is mistyped, revoked or expired", challenge: #", error="invalid_token""#)
        }
        return principal
    }

    static func unauthenticated(_ detail: String, hint: String, challenge: String = "") -> Refusal {
        var headers = HTTPFields()
        headers[.wwwAuthenticate] = #"Bearer realm="cloister""# + challenge
        return Refusal(.unauthorized, "unauthenticated", detail, hint: hint, headers: headers)
    }
}
