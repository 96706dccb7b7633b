import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static func show(
        _ path: PathTemplate, _ name: String, _ summary: String, parameters: [Parameter] = [],
        handler: @escaping @Sendable (Exchange) async throws -> Answer
    ) -> Route {
        Route(.get, path, "page/account\(name)", summary, .page, parameters: parameters, reply: .page, handler: handler)
    }

    private static func submit(
        _ path: PathTemplate, _ name: String, _ summary: String, fields: [String] = [],
        handler: @escaping @Sendable (Exchange) async throws -> Answer
    ) -> Route {
        Route(
            .post, path, "page/account\(name)/submit", summary, .page, body: .form([PageForm.tokenField] + fields), reply: .page,
            handler: handler)
    }

    /// What people do about themselves. Not part of the API, which has a route for each of these.
    static let accountPages: [Route] = [
        show("/account", "", "Who is logged in.") { try await AccountPage.answer($0) },
        show("/account/password", "/password", "Where a person sets another password.") { try await PasswordPage.answer($0) },
        submit("/account/password", "/password", "Sets another password.", fields: ["current", "new"]) {
            try await PasswordPage.submit($0)
        },
        show("/account/second-factor", "/factor", "Where codes of an app are set up and removed.") {
            try await SecondFactorPages.answer($0)
        },
        submit("/account/second-factor", "/factor", "Begins to set up codes of an app.", fields: ["password"]) {
            try await SecondFactorPages.begin($0)
        },
        submit("/account/second-factor/confirm", "/factor/confirm", "Puts the codes in force.", fields: ["code", "secret"]) {
            try await SecondFactorPages.confirm($0)
        },
        submit("/account/second-factor/remove", "/factor/remove", "Asks for no more codes.", fields: ["password", "code"]) {
            try await SecondFactorPages.remove($0)
        },
        show(
            "/account/sessions", "/sessions", "The own sessions.",
            parameters: [.query("ended", .integer("How many have just been ended", in: 0...1000), "How many have just been ended")]
        ) { try await SessionsPage.answer($0) },
        submit("/account/sessions/end", "/sessions/end", "Ends one of the own sessions.", fields: ["session"]) {
            try await SessionsPage.end($0)
        },
        submit("/account/sessions/end-others", "/sessions/end-others", "Ends all the own sessions but this one.") {
            try await SessionsPage.endOthers($0)
        },
        show(
            "/account/notifications", "/notifications", "By which ways the person is told of what.",
            parameters: [.query("saved", .boolean(default: false), "Whether a choice has just been saved")]
        ) { try await PreferencesPage.answer($0) },
        submit("/account/notifications", "/notifications", "Chooses other ways.", fields: PreferencesPage.fields) {
            try await PreferencesPage.submit($0)
        },
    ]
}
