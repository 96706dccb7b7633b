import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

/// Where people log in: with a password, or at their tenant's provider.
enum LoginPage {
    static func answer(_ exchange: Exchange, email: String = "", _ problem: PageProblem? = nil) async throws -> Answer {
        let (look, form) = (try await exchange.look(), PageForm(exchange.request.head))
        let isHouse = exchange.hostTenant == nil
        let tenant = exchange.pageTenant
        let provider = await provider(of: tenant, exchange)
        let organisation: HTML? = isHouse
            ? PageField(
                name: "tenant", label: "Organisation", completion: "organization", value: tenant?.rawValue ?? "",
                hint: "Left empty by the platform's own people.", isRequired: false
            ).html : nil
        let fields: HTML = """
            \(organisation)
            \(PageField(name: "email", label: "E-mail address", type: "email", completion: "username", value: email, isFirst: email.isEmpty).html)
            \(PageField(name: "password", label: "Password", type: "password", completion: "current-password", isFirst: !email.isEmpty).html)
            """
        let named = isHouse ? tenant.map { "?tenant=\($0)" } ?? "" : ""
        let other: HTML? = provider.map { provider in
            """
            <p class="panel-top"><a class="button" href="/login/provider\(named)">Continue with \(provider.name)</a></p>
            <h2>Or with a password</h2>
            """
        }
        let page = PageShell(
            title: "Log in",
            content: """
                <h1>Log in</h1>
                \(problem?.html)
                \(other)
                \(form.html(action: "/login", button: "Log in", fields))
                <p><a href="/recovery\(named)">Lost your password?</a></p>
                """)
        return form.finish(page.answer(look, problem))
    }

    /// Nil also where a tenant's cannot be read: the password still opens.
    private static func provider(of tenant: TenantID?, _ exchange: Exchange) async -> IdentityProvider? {
        guard let tenant else { return nil }
        return (try? await exchange.port.signIn.provider(of: tenant)) ?? nil
    }

    static func submit(_ exchange: Exchange) async throws -> Answer {
        try PageForm.check(exchange)
        let (tenant, email) = (exchange.pageTenant, exchange.field("email"))
        // A name that none can have is refused as an unknown one is.
        let isNamed = exchange.hostTenant == nil && !exchange.field("tenant").isEmpty
        guard !isNamed || tenant != nil else { return try await refused(exchange, email) }
        let login = Login(tenant: tenant, email: email, password: exchange.field("password"))
        switch try await exchange.people.login(login, from: exchange.visitor) {
        case .welcome(let session): return try await exchange.enter(session, by: "login")
        case .needsCode(let step): return exchange.askForCode(step)
        case .refused: return try await refused(exchange, email)
        case .tooMany(let seconds): return try await answer(exchange, email: email, await tooMany(seconds, exchange))
        }
    }

    private static func refused(_ exchange: Exchange, _ email: String) async throws -> Answer {
        await exchange.deny("login", exchange.audience, "unauthenticated")
        let what = exchange.hostTenant == nil ? "the organisation, the address or the password is wrong" : "the address or the password is wrong"
        return try await answer(exchange, email: email, PageProblem(.unauthorized, what))
    }

    static func code(_ exchange: Exchange, _ problem: PageProblem? = nil) async throws -> Answer {
        guard HostCookie.step.read(exchange.request.head) != nil else { return .seeOther("/login") }
        let (look, form) = (try await exchange.look(), PageForm(exchange.request.head))
        let field = PageField(
            name: "code", label: "Code", completion: "one-time-code", hint: "Six digits of the app, or a recovery code.", isFirst: true)
        let page = PageShell(
            title: "Enter the code",
            content: """
                <h1>Enter the code</h1>
                \(problem?.html)
                \(form.html(action: "/login/code", button: "Log in", field.html))
                <p><a href="/login">Begin again</a></p>
                """)
        return form.finish(page.answer(look, problem))
    }

    static func submitCode(_ exchange: Exchange) async throws -> Answer {
        try PageForm.check(exchange)
        let step = HostCookie.step.read(exchange.request.head) ?? ""
        let code = exchange.field("code").filter { !$0.isWhitespace }
        switch try await exchange.people.finish(step, code: code, at: exchange.hostTenant, from: exchange.visitor) {
        case .welcome(let session):
            try await exchange.tellOfRecoveryCode(code, of: session.person)
            return try await exchange.enter(session, by: "login")
        case .needsCode, .refused:
            await exchange.deny("login", exchange.audience, "unauthenticated")
            return try await self.code(exchange, PageProblem(.unauthorized, "the code is wrong, or this took too long", hint: "try the next one, or begin again"))
        case .tooMany(let seconds): return try await self.code(exchange, await tooMany(seconds, exchange))
        }
    }

    private static func tooMany(_ seconds: Int, _ exchange: Exchange) async -> PageProblem {
        await exchange.deny("login", exchange.audience, Problem.Code.quotaExceeded.rawValue)
        return PageProblem(Problem(.quotaExceeded, "too many attempts to log in", hint: "try again in \(seconds) seconds", wait: Int64(seconds)))
    }
}

extension PageShell {
    /// With the status of what went wrong, where anything did.
    func answer(_ look: Look, _ problem: PageProblem?) -> Answer {
        var answer = answer(look, problem?.status ?? .ok)
        for field in problem?.headers ?? HTTPFields() { answer.headers.append(field) }
        if problem?.status == .unauthorized { answer.headers[.wwwAuthenticate] = #"Bearer realm="cloister""# }
        return answer
    }
}
