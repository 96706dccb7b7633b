import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

/// Where codes of an app are set up, and switched off.
enum SecondFactorPages {
    private static let title = "Second factor"
    private static let path = "/account/second-factor"

    static func answer(_ exchange: Exchange, _ problem: PageProblem? = nil) async throws -> Answer {
        let session = try exchange.own()
        if session.person.hasSecondFactor { return try await removal(exchange, session, problem) }
        guard session.person.hasPassword else { return try await AccountPage.withoutPassword(exchange, title) }
        let fields = [password(problem)]
        return try await page(exchange, problem) {
            """
            \(problem?.above(fields))
            <p>Whoever learns your password still cannot log in: an app on your telephone shows a code of six digits, another one
            every half a minute, and it is asked for beside the password. Any app that knows such codes (TOTP) will do.</p>
            \(PageForm(session).html(
                action: path, button: "Set it up", "\(PageField.account(session.person.email))\(fields.html)"))
            """
        }
    }

    private static func removal(_ exchange: Exchange, _ session: OpenSession, _ problem: PageProblem?) async throws -> Answer {
        let fields = [password(problem), code("Six digits of the app, or a recovery code.", problem)]
        return try await page(exchange, problem) {
            """
            \(problem?.above(fields))
            <p>It is set up: a code is asked for when you log in.</p>
            <h2>Switch it off</h2>
            <p>Then the password alone opens your account, and your recovery codes are good no more. Switch it off as well to set it
            up with another app.</p>
            \(PageForm(session).html(
                action: "\(path)/remove", button: "Switch it off", style: "danger",
                "\(PageField.account(session.person.email))\(fields.html)"))
            """
        }
    }

    static func begin(_ exchange: Exchange) async throws -> Answer {
        do {
            let offer = try await exchange.recorded("me/second-factor/begin") {
                try await exchange.beginOwnSecondFactor(password: exchange.field("password"))
            }
            return try await confirmation(exchange, offer)
        } catch let problem as Problem {
            return try await answer(exchange, PageProblem(problem))
        }
    }

    /// Shows what the app needs, and asks for its first code. What is shown is nowhere to be had again: the form brings it along.
    private static func confirmation(
        _ exchange: Exchange, _ offer: SecondFactorOffer?, _ problem: PageProblem? = nil
    ) async throws -> Answer {
        let session = try exchange.own()
        let fields = [code("Six digits, as the app shows them now.", problem)]
        return try await page(exchange, problem, title: "Set up the app") {
            """
            \(problem?.above(fields))
            \(offer.map(material))
            <h2>Enter the first code</h2>
            \(PageForm(session).html(
                action: "\(path)/confirm", button: "Confirm", hidden: offer.map { ["secret": $0.secret] } ?? [:],
                fields.html(beginningAt: offer == nil ? 0 : nil)))
            <p><a href="\(path)">Begin again</a></p>
            """
        }
    }

    private static func material(_ offer: SecondFactorOffer) -> HTML {
        let picture = QRCode(offer.uri)?.html(label: "QR code for the app; the same as the text below it")
        let letters = Array(offer.secret)
        let groups = stride(from: 0, to: letters.count, by: 4).map { String(letters[$0..<min($0 + 4, letters.count)]) }
        return """
            <p>\(picture == nil ? "Give this to the app:" : "Scan this with the app, or type the text into it:")</p>
            \(picture)
            <p><code id="secret">\(groups.joined(separator: " "))</code></p>
            <p><a id="uri" href="\(offer.uri)">Open it in an app of this device</a></p>
            """
    }

    static func confirm(_ exchange: Exchange) async throws -> Answer {
        let session = try exchange.own()
        let codes: [String]
        do {
            codes = try await exchange.recorded("me/second-factor/confirm") {
                try await exchange.confirmOwnSecondFactor(code: exchange.code)
            }
        } catch let problem as Problem where problem.code == .conflict {
            return try await answer(exchange, PageProblem(problem))
        } catch let problem as Problem {
            let offer = SecondFactorOffer(
                secret: exchange.field("secret"), issuer: exchange.secondFactorIssuer, account: session.person.email)
            return try await confirmation(exchange, offer, PageProblem(problem))
        }
        return try await AccountPage.done(
            exchange, "The second factor is set up",
            """
            <p>These recovery codes stand in for a code of the app when you have lost it, each once. They are shown now and never
            again: write them down, or keep them where you keep passwords.</p>
            <ul class="codes panel">
            \(codes.map { "<li><code>\($0)</code></li>" as HTML }.joined())
            </ul>
            """)
    }

    static func remove(_ exchange: Exchange) async throws -> Answer {
        do {
            try await exchange.recorded("me/second-factor/remove") {
                try await exchange.removeOwnSecondFactor(password: exchange.field("password"), code: exchange.code)
            }
        } catch let problem as Problem {
            return try await answer(exchange, PageProblem(problem))
        }
        return try await AccountPage.done(
            exchange, "The second factor is switched off", "<p>The password alone opens your account from now on.</p>")
    }

    private static func page(
        _ exchange: Exchange, _ problem: PageProblem?, title: String = title, _ content: () -> HTML
    ) async throws -> Answer {
        PageShell(
            title: title, isOfSession: true, content: "<h1>\(title)</h1>\n\(content())\n\(AccountPage.back)"
        ).answer(try await exchange.look(), problem)
    }

    private static func password(_ problem: PageProblem?) -> PageField {
        PageField(name: "password", label: "Your password", type: "password", completion: "current-password", problem: problem)
    }

    private static func code(_ hint: String, _ problem: PageProblem?) -> PageField {
        PageField(name: "code", label: "Code", completion: "one-time-code", hint: hint, problem: problem)
    }
}

extension Exchange {
    /// As people type it, with spaces or without.
    fileprivate var code: String { field("code").filter { !$0.isWhitespace } }
}
