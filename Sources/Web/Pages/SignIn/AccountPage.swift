import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

/// Who is logged in, and the way out.
enum AccountPage {
    static func answer(_ exchange: Exchange) async throws -> Answer {
        guard let session = try await session(exchange) else { return .seeOther("/login") }
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
                <form method="post" action="/logout">
                <input type="hidden" name="\(PageForm.tokenField)" value="\(session.text.formToken)">
                <button type="submit">Log out</button>
                </form>
                """
        ).answer(look)
    }

    static func logOut(_ exchange: Exchange) async throws -> Answer {
        if let session = try await session(exchange) {
            guard session.text.accepts(formToken: exchange.field(PageForm.tokenField)) else {
                throw Refusal(.forbidden, "foreignRequest", "the form does not come from a page of this session", hint: "open the page again")
            }
            let deed = Deed(request: exchange.id, principal: session.person.principal, operation: "logout", isBrake: true)
            try await exchange.port.recorded(deed) { try await exchange.people.logout(session) }
        }
        var answer = Answer.seeOther("/login")
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
