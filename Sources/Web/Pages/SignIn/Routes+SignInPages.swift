import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let tenant = Parameter.query("tenant", .label(), "Whose people, at the house's own host")
    private static let secret = Parameter.query("text", .string(length: 1...200), "The text of the mail")

    /// Where people come in. Not part of the API, so its document does not have them.
    static let signInPages: [Route] = [
        Route(.get, "/login", "page/login", "Where people log in.", .everybody, parameters: [tenant], reply: .page) { exchange in
            try await LoginPage.answer(exchange)
        },
        Route(
            .post, "/login", "page/login/submit", "Logs in with a password.", .everybody,
            body: .form([PageForm.tokenField, "tenant", "email", "password"]), reply: .page
        ) { exchange in try await LoginPage.submit(exchange) },
        Route(.get, "/login/code", "page/code", "Asks for the second factor.", .everybody, reply: .page) { exchange in
            try await LoginPage.code(exchange)
        },
        Route(
            .post, "/login/code", "page/code/submit", "Ends a login with a code.", .everybody,
            body: .form([PageForm.tokenField, "code"]), reply: .page
        ) { exchange in try await LoginPage.submitCode(exchange) },
        Route(
            .get, "/login/provider", "page/provider", "Begins a login at a tenant's provider.", .everybody, parameters: [tenant],
            reply: .page
        ) { exchange in try await ProviderPages.begin(exchange) },
        // RFC 6749 section 4.1.2: parameters that nobody knows are passed over.
        Route(
            .get, "/login/provider/back", "page/provider/back", "Ends a login at a tenant's provider.", .everybody,
            parameters: ["state", "code", "error", "iss"].map { .query($0, .string(length: 0...4096), "As the provider says it") },
            reply: .page, isLenient: true
        ) { exchange in try await ProviderPages.finish(exchange) },
        Route(
            .post, "/logout", "page/logout", "Ends the session.", .everybody, body: .form([PageForm.tokenField]), reply: .page
        ) { exchange in try await AccountPage.logOut(exchange) },
    ]

    static let recoveryPages: [Route] = [
        Route(
            .get, "/recovery", "page/recovery", "Where lost passwords are mended.", .everybody, parameters: [tenant], reply: .page
        ) { exchange in try await RecoveryPages.ask(exchange) },
        Route(
            .post, "/recovery", "page/recovery/submit", "Asks for a mail to set another password with.", .everybody,
            body: .form([PageForm.tokenField, "tenant", "email"]), reply: .page
        ) { exchange in try await RecoveryPages.submit(exchange) },
        Route(
            .get, "/recovery/password", "page/recovery/password", "Where another password is set.", .everybody,
            parameters: [secret], reply: .page
        ) { exchange in try await RecoveryPages.password(exchange) },
        Route(
            .post, "/recovery/password", "page/recovery/password/submit", "Sets another password.", .everybody,
            body: .form([PageForm.tokenField, "text", "password"]), reply: .page
        ) { exchange in try await RecoveryPages.setPassword(exchange) },
        Route(
            .get, "/invitation", "page/invitation", "Where invitations are accepted.", .everybody, parameters: [secret], reply: .page
        ) { exchange in try await RecoveryPages.invitation(exchange) },
        Route(
            .post, "/invitation", "page/invitation/submit", "Accepts an invitation.", .everybody,
            body: .form([PageForm.tokenField, "text", "name", "password"]), reply: .page
        ) { exchange in try await RecoveryPages.accept(exchange) },
    ]
}
