import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

/// Who is logged in, the ways to what the person can change, and the way out.
enum AccountPage {
    static func answer(_ exchange: Exchange) async throws -> Answer {
        let session = try exchange.own()
        let (look, person) = (try await exchange.look(), session.person)
        return PageShell(
            title: "Your account", isOfSession: true,
            content: """
                <h1>\(person.name)</h1>
                <table>
                <tr><th scope="row">E-mail address</th><td>\(person.email.text)</td></tr>
                <tr><th scope="row">Organisation</th><td>\(person.tenant?.rawValue ?? "the platform")</td></tr>
                <tr><th scope="row">Role</th><td>\(person.role.rawValue)</td></tr>
                <tr><th scope="row">Second factor</th><td>\(person.hasSecondFactor ? "set up" : "not set up")</td></tr>
                </table>
                <h2>What you can change</h2>
                <ul class="ways">
                \(way("password", "Password", "Set another one. Your other sessions end."))
                \(way("second-factor", "Second factor", "A code of an app, asked for beside the password."))
                \(way("sessions", "Sessions", "Where you are logged in."))
                \(person.tenant == nil ? nil : way("notifications", "Notifications", "What you are told of, and by which way."))
                </ul>
                <form method="post" action="/logout">
                \(PageForm(session).token)
                <button type="submit">Log out</button>
                </form>
                """
        ).answer(look)
    }

    private static func way(_ path: String, _ name: String, _ what: String) -> HTML {
        #"<li><a href="/account/\#(path)">\#(name)</a> <span class="muted">\#(what)</span></li>"#
    }

    /// At the end of what the account leads to.
    static let back: HTML = #"<p><a href="/account">Back to your account</a></p>"#

    /// What has been done, on a page of its own.
    static func done(_ exchange: Exchange, _ title: String, _ text: HTML) async throws -> Answer {
        PageShell(title: title, isOfSession: true, content: "<h1>\(title)</h1>\n\(text)\n\(back)").answer(try await exchange.look())
    }

    /// What asks for a password, of somebody who has none here.
    static func withoutPassword(_ exchange: Exchange, _ title: String) async throws -> Answer {
        try await done(exchange, title, "<p>You log in at your organisation's provider and have no password here.</p>")
    }

    /// Of somebody whose session is over, too: the cookie goes.
    static func logOut(_ exchange: Exchange) async throws -> Answer {
        if let session = try await session(exchange) {
            guard session.text.accepts(formToken: exchange.field(PageForm.tokenField)) else {
                throw Refusal(.forbidden, "foreignRequest", "the form does not come from a page of this session", hint: "open the page again")
            }
            let deed = Deed(request: exchange.id, principal: session.person.principal, operation: "logout", isBrake: true)
            try await exchange.port.recorded(deed) { try await exchange.people.logout(session) }
        }
        var answer = Answer.toLogin
        answer.headers.append(HTTPField(name: .setCookie, value: SessionCookie.cleared))
        return answer
    }

    /// At a tenant's host only of its own people and of the platform's.
    private static func session(_ exchange: Exchange) async throws -> OpenSession? {
        guard let text = try SessionCookie.read(exchange.request.head), let session = try await exchange.people.session(text) else {
            return nil
        }
        _ = try session.person.principal.at(exchange.residence)
        return session
    }
}
