import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

/// Where a person is logged in, and the end of it.
enum SessionsPage {
    static func answer(_ exchange: Exchange, _ problem: PageProblem? = nil) async throws -> Answer {
        let own = try exchange.own()
        let sessions = try await exchange.ownSessions()
        let cards = sessions.enumerated().map { card($0.element, number: $0.offset, isThis: $0.element.isThis(own)) }
        let form = PageForm(own)
        let others: HTML? = sessions.count { !$0.isThis(own) } == 0
            ? nil
            : """
            <form method="post" action="/account/sessions/end-others">
            \(form.token)
            <button type="submit" class="danger">End all others</button>
            </form>
            """
        return PageShell(
            title: "Your sessions", isOfSession: true,
            content: """
                <h1>Your sessions</h1>
                \(problem?.html ?? ended(exchange))
                <p>One ends by itself after 12 hours without a request, and after 7 days in any case. Do you not know one of them? End
                it, and <a href="/account/password">change your password</a>.</p>
                <form method="post" action="/account/sessions/end">
                \(form.token)
                <ul class="cards">
                \(cards.joined())
                </ul>
                </form>
                \(others)
                \(AccountPage.back)
                """
        ).answer(try await exchange.look(), problem)
    }

    private static func card(_ session: JSONValue, number: Int, isThis: Bool) -> HTML {
        let button: HTML = isThis
            ? "<p>This is the one that you use now.</p>"
            : """
            <button type="submit" class="quiet" name="session" value="\(session.member("id"))" aria-describedby="session-\(number)">\
            End this session</button>
            """
        return """
            <li class="panel">
            <h2 id="session-\(number)">\(BrowserName(session.member("agent")).text)</h2>
            <p class="muted">From \(session.member("address"))<br>
            Since \(time(session.member("created")))<br>
            Last used \(time(session.member("lastUsed")))</p>
            \(button)
            </li>
            """
    }

    /// RFC 3339, to the minute.
    private static func time(_ text: String) -> HTML {
        let minute = text.prefix(16).replacing("T", with: " ")
        return #"<time datetime="\#(text)">\#(String(minute)) UTC</time>"#
    }

    private static func ended(_ exchange: Exchange) -> HTML? {
        guard let count = exchange.parameters["ended"]?.integer else { return nil }
        return #"<p class="done" role="status">\#(count == 1 ? "One session was ended." : "\(count) sessions were ended.")</p>"#
    }

    static func end(_ exchange: Exchange) async throws -> Answer {
        do {
            try await end(exchange.field("session"), exchange)
        } catch let problem as Problem where [.notFound, .invalidInput].contains(problem.code) {
            return try await answer(exchange, PageProblem(.notFound, "the session is over already"))
        }
        return .seeOther("/account/sessions?ended=1")
    }

    /// One that ends meanwhile by itself is no failure.
    static func endOthers(_ exchange: Exchange) async throws -> Answer {
        let own = try exchange.own()
        var count = 0
        for session in try await exchange.ownSessions() where !session.isThis(own) {
            do {
                try await end(session.member("id"), exchange)
                count += 1
            } catch let problem as Problem where problem.code == .notFound {
                continue
            }
        }
        return .seeOther("/account/sessions?ended=\(count)")
    }

    private static func end(_ id: String, _ exchange: Exchange) async throws {
        try await exchange.recorded("me/sessions/revoke") { try await exchange.endOwnSession(id) }
    }
}

extension JSONValue {
    fileprivate func member(_ name: String) -> String { self[name]?.string ?? "" }

    /// Whether it is the session with which the page is asked for.
    fileprivate func isThis(_ own: OpenSession) -> Bool { member("id") == own.session.id.rawValue }
}
