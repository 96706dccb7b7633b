import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

/// Where a person who is logged in sets another password.
enum PasswordPage {
    private static let title = "Change your password"

    static func answer(_ exchange: Exchange, _ problem: PageProblem? = nil) async throws -> Answer {
        let session = try exchange.own()
        guard session.person.hasPassword else { return try await AccountPage.withoutPassword(exchange, title) }
        let fields = [
            PageField(
                name: "current", label: "Your password until now", type: "password", completion: "current-password", problem: problem),
            PageField(
                name: "new", label: "New password", type: "password", completion: "new-password", hint: "At least 10 characters.",
                problem: problem),
        ]
        return PageShell(
            title: title, isOfSession: true,
            content: """
                <h1>\(title)</h1>
                \(problem?.above(fields))
                <p>All your other sessions end with it.</p>
                \(PageForm(session).html(
                    action: "/account/password", button: "Set the password",
                    "\(PageField.account(session.person.email))\(fields.html)"))
                \(AccountPage.back)
                """
        ).answer(try await exchange.look(), problem)
    }

    static func submit(_ exchange: Exchange) async throws -> Answer {
        let session: OpenSession
        do {
            session = try await exchange.recorded("me/password") {
                try await exchange.changeOwnPassword(from: exchange.field("current"), to: exchange.field("new"))
            }
        } catch let problem as Problem {
            return try await answer(exchange, PageProblem(problem))
        }
        var answer = try await AccountPage.done(
            exchange, "The password is changed", "<p>You log in with it from now on. Your other sessions have ended.</p>")
        answer.headers.append(HTTPField(name: .setCookie, value: SessionCookie.set(session)))
        return answer
    }
}
