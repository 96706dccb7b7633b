import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

/// Where lost passwords are mended, and invitations accepted.
enum RecoveryPages {
    static func ask(_ exchange: Exchange, _ problem: PageProblem? = nil) async throws -> Answer {
        let (look, form) = (try await exchange.look(), PageForm(exchange.request.head))
        guard exchange.port.isMailing else {
            return PageShell(
                title: "Lost password",
                content: """
                    <h1>Lost password</h1>
                    <p>This host sends no mails. Ask whoever invited you: they can remove you and invite you again.</p>
                    """
            ).answer(look)
        }
        let organisation: HTML? = exchange.hostTenant == nil
            ? PageField(
                name: "tenant", label: "Organisation", completion: "organization", value: exchange.pageTenant?.rawValue ?? "",
                hint: "Left empty by the platform's own people.", isRequired: false
            ).html : nil
        let fields: HTML = """
            \(organisation)
            \(PageField(name: "email", label: "E-mail address", type: "email", completion: "username", isFirst: true).html)
            """
        let page = PageShell(
            title: "Lost password",
            content: """
                <h1>Lost password</h1>
                \(problem?.html)
                <p>You get a mail with which to set another one.</p>
                \(form.html(action: "/recovery", button: "Send the mail", fields))
                """)
        return form.finish(page.answer(look, problem))
    }

    /// The same answer whether there is such a person or not, at once.
    static func submit(_ exchange: Exchange) async throws -> Answer {
        try PageForm.check(exchange)
        do throws(Problem) {
            try exchange.people.admitRecovery(from: exchange.visitor)
            let isNamed = exchange.hostTenant == nil && !exchange.field("tenant").isEmpty
            if !isNamed || exchange.pageTenant != nil {
                try await exchange.port.mailRecovery(of: exchange.field("email"), in: exchange.pageTenant, request: exchange.id)
            }
        } catch {
            await exchange.deny("recovery/begin", exchange.audience, error.code.rawValue)
            return try await ask(exchange, PageProblem(error))
        }
        return PageShell(
            title: "Look into your mail",
            content: """
                <h1>Look into your mail</h1>
                <p>If somebody here has this address, a mail is on its way. What it holds is good for \(Recovery.minutes) minutes.</p>
                <p><a href="/recovery/password">Enter the text of a mail that has no link</a></p>
                """
        ).answer(try await exchange.look())
    }

    static func password(_ exchange: Exchange, _ problem: PageProblem? = nil) async throws -> Answer {
        let text = exchange.secret
        guard !text.isEmpty, let email = try await exchange.people.recovering(with: text) else {
            return try await askForText(
                exchange, "Set another password", action: "/recovery/password",
                problem ?? (text.isEmpty ? nil : PageProblem(People.spentRecovery)))
        }
        let (look, form) = (try await exchange.look(), PageForm(exchange.request.head))
        let fields = [newPassword(problem)]
        let page = PageShell(
            title: "Set another password",
            content: """
                <h1>Set another password</h1>
                \(problem?.above(fields))
                <p>All your sessions end with it. If a code of an app is asked for today, it is asked for afterwards, too.</p>
                \(form.html(
                    action: "/recovery/password", button: "Set the password", hidden: ["text": text],
                    "\(PageField.account(email))\(fields.html)"))
                """)
        return form.finish(page.answer(look, problem))
    }

    static func setPassword(_ exchange: Exchange) async throws -> Answer {
        try PageForm.check(exchange)
        let person: Person
        do throws(Problem) {
            person = try await exchange.people.recover(
                exchange.field("text"), password: exchange.field("password"), from: exchange.visitor)
        } catch {
            await exchange.deny("recovery", exchange.audience, error.code.rawValue)
            return try await password(exchange, PageProblem(error))
        }
        try await exchange.tell(person.principal, "recovery")
        await exchange.port.tell(person, of: .passwordChanged, also: nil)
        return try await done(exchange, "The password is set", person)
    }

    static func invitation(_ exchange: Exchange, _ problem: PageProblem? = nil) async throws -> Answer {
        let text = exchange.secret
        guard !text.isEmpty, let email = try await exchange.people.invited(by: text) else {
            return try await askForText(
                exchange, "Accept the invitation", action: "/invitation",
                problem ?? (text.isEmpty ? nil : PageProblem(People.spentInvitation)))
        }
        let (look, form) = (try await exchange.look(), PageForm(exchange.request.head))
        let fields = [
            PageField(
                name: "name", label: "Your name", completion: "name", value: exchange.field("name"), hint: "What others here shall read.",
                problem: problem),
            newPassword(problem),
        ]
        let page = PageShell(
            title: "Accept the invitation",
            content: """
                <h1>Accept the invitation</h1>
                \(problem?.above(fields))
                \(form.html(
                    action: "/invitation", button: "Accept", hidden: ["text": text],
                    "\(PageField.account(email))\(fields.html)"))
                """)
        return form.finish(page.answer(look, problem))
    }

    static func accept(_ exchange: Exchange) async throws -> Answer {
        try PageForm.check(exchange)
        let person: Person
        do throws(Problem) {
            person = try await exchange.people.accept(
                exchange.field("text"), name: exchange.field("name"), password: exchange.field("password"), from: exchange.visitor)
        } catch {
            await exchange.deny("invitation/accept", exchange.audience, error.code.rawValue)
            return try await invitation(exchange, PageProblem(error))
        }
        try await exchange.tell(person.principal, "invitation/accept")
        return try await done(exchange, "Welcome, \(person.name)", person)
    }

    private static func newPassword(_ problem: PageProblem?) -> PageField {
        PageField(
            name: "password", label: "New password", type: "password", completion: "new-password", hint: "At least 10 characters.",
            problem: problem)
    }

    /// First the text of a mail that has no link, or of one that is not good: what follows tells whose password it sets.
    /// As the link does, it brings the text in the address.
    private static func askForText(
        _ exchange: Exchange, _ title: String, action: String, _ problem: PageProblem?
    ) async throws -> Answer {
        let field = PageField(name: "text", label: "Text of the mail", completion: "off", isFirst: true)
        return PageShell(
            title: title,
            content: """
                <h1>\(title)</h1>
                \(problem?.html)
                <form class="panel" action="\(action)">
                \(field.html)
                <button type="submit">Continue</button>
                </form>
                """
        ).answer(try await exchange.look(), problem)
    }

    private static func done(_ exchange: Exchange, _ title: String, _ person: Person) async throws -> Answer {
        let named = exchange.hostTenant == nil ? person.tenant.map { "?tenant=\($0)" } ?? "" : ""
        return PageShell(
            title: title,
            content: """
                <h1>\(title)</h1>
                <p>You log in with \(person.email.text) from now on.</p>
                <p><a class="button" href="/login\(named)">Log in</a></p>
                """
        ).answer(try await exchange.look())
    }
}

extension Exchange {
    /// The text of a mail: of the link that was followed, or of the form that was sent.
    fileprivate var secret: String { text("text") ?? field("text") }
}
