import HTTPTypes
import HummingbirdCore
import Model
import Tenancy

extension Routes {
    private static let ownSession = Parameter.path("session", .label(), "The session")

    private static let ownSessionEditing = Editing.shown(by: "session/show", version: { $0.without("lastUsed") }) {
        try $0.ownMembers(session: $0.text("session") ?? "")
    }

    static let logins: [Route] = [
        Route(
            .post, "/api/invitations/accept", "invitation/accept",
            "Makes a person of who has the text of an invitation. It is good once; the person logs in afterwards.", .everybody,
            body: .json(InputSchema(.acceptance)), reply: .json(.newPerson, .created), errors: [.notFound, .conflict, .quotaExceeded, .retryLater],
            example: ["invitation": "cloister_invitation_…", "name": "Ada Lovelace", "password": "seven quiet herons wade"]
        ) { exchange in
            let person = try await exchange.people.accept(
                exchange.member("invitation"), name: exchange.member("name"), password: exchange.member("password"),
                from: exchange.visitor)
            try await exchange.tell(person.principal, "invitation/accept")
            return .json(
                [
                    "id": .string(person.id.rawValue), "tenant": JSONValue(person.tenant?.rawValue),
                    "email": .string(person.email.text), "name": .string(person.name), "role": .string(person.role.rawValue),
                ], .created)
        },
        Route(
            .post, "/api/login", "login", "Opens a session: the answer sets its cookie.", .everybody,
            body: .json(InputSchema(.login)),
            reply: Route.Reply(
                status: .ok, content: .json(.me),
                others: [(.unauthorized, "Refused, or a code is needed"), (.tooManyRequests, "Too many attempts")]),
            errors: [.retryLater], example: ["tenant": "acme", "email": "ada@example.com", "password": "seven quiet herons wade"]
        ) { exchange in try await login(exchange) },
        Route(
            .post, "/api/logout", "logout", "Ends the session.", .person, reply: .nothing
        ) { exchange in
            try await exchange.people.logout(exchange.own())
            var answer = Answer.nothing
            answer.headers[.setCookie] = SessionCookie.cleared
            return answer
        },
        Route(
            .get, "/api/me", "me", "Who is logged in, what that opens, and the token for the session's forms.", .person,
            reply: .json(.me)
        ) { exchange in .json(me(try exchange.own())) },
        Route(
            .put, "/api/me/password", "me/password",
            "Sets another password. All other sessions end, and this one goes on under a new cookie.", .person,
            body: .json(InputSchema(.passwordChange)), reply: .json(.me), errors: [.conflict, .quotaExceeded, .retryLater],
            example: ["current": "seven quiet herons wade", "new": "nine loud geese overhead"]
        ) { exchange in
            welcome(try await exchange.changeOwnPassword(from: exchange.member("current"), to: exchange.member("new")))
        },
        Route(
            .post, "/api/me/second-factor", "me/second-factor/begin",
            "Begins to set up codes of an app; nothing is asked for before the first code is confirmed.", .person,
            body: .json(InputSchema(.input([.required("password", .password)]))), reply: .json(.secondFactor, .created),
            errors: [.quotaExceeded, .retryLater], example: ["password": "seven quiet herons wade"], isConfidential: true
        ) { exchange in
            let offer = try await exchange.beginOwnSecondFactor(password: exchange.member("password"))
            return .json(["secret": .string(offer.secret), "uri": .string(offer.uri)], .created)
        },
        Route(
            .post, "/api/me/second-factor/confirm", "me/second-factor/confirm",
            "Puts the codes in force. The answer alone holds the recovery codes, each good once.", .person,
            body: .json(InputSchema(.input([.required("code", .code)]))), reply: .json(.recoveryCodes),
            errors: [.quotaExceeded], example: ["code": "123456"], isConfidential: true
        ) { exchange in
            let codes = try await exchange.confirmOwnSecondFactor(code: exchange.member("code"))
            return .json(["recoveryCodes": .array(codes.map(JSONValue.string))])
        },
        Route(
            .post, "/api/me/second-factor/remove", "me/second-factor/remove", "Asks for no more codes.", .person,
            body: .json(InputSchema(.input([.required("password", .password), .required("code", .code)]))), reply: .nothing,
            errors: [.quotaExceeded, .retryLater], example: ["password": "seven quiet herons wade", "code": "123456"]
        ) { exchange in
            try await exchange.removeOwnSecondFactor(password: exchange.member("password"), code: exchange.member("code"))
            return .nothing
        },
        Route(
            .get, "/api/me/sessions", "me/sessions", "The own sessions.", .person, parameters: Page.parameters,
            reply: .json(Page.schema("sessions", of: .session))
        ) { exchange in
            let page = try Page(exchange)
            let members = try exchange.ownMembers().merging(page.members) { $1 }
            return page.answer("sessions", try await exchange.value("session/list", members), exchange)
        },
        Route(
            .get, "/api/me/sessions/{session}", "me/sessions/show", "One of the own sessions.", .person, parameters: [ownSession],
            reply: .json(.session), errors: [.notFound], editing: ownSessionEditing
        ) { exchange in .json(try await exchange.perform("session/show", exchange.ownMembers(session: exchange.text("session") ?? ""))) },
        Route(
            .delete, "/api/me/sessions/{session}", "me/sessions/revoke", "Ends one of the own sessions.", .person,
            parameters: [ownSession], reply: .nothing, errors: [.notFound], editing: ownSessionEditing
        ) { exchange in
            try await exchange.endOwnSession(exchange.text("session") ?? "")
            return .nothing
        },
    ]

    private static var refusal: Refusal {
        API.unauthenticated("the login is refused", hint: "the tenant, the address, the password or the code is wrong")
    }

    private static func login(_ exchange: Exchange) async throws -> Answer {
        var tenant = exchange.members["tenant"]?.string.flatMap(TenantID.init(rawValue:))
        if case .tenant(let host) = exchange.residence {
            guard tenant == nil || tenant == host else { throw refusal }
            tenant = host
        }
        let login = Login(
            tenant: tenant, email: exchange.member("email"), password: exchange.member("password"),
            code: exchange.members["code"]?.string)
        switch try await exchange.people.login(login, from: exchange.visitor) {
        case .welcome(let session):
            try await exchange.tellOfRecoveryCode(login.code ?? "", of: session.person)
            try await exchange.tell(session.person.principal, "login")
            return welcome(session)
        case .refused: throw refusal
        case .needsCode:
            var needed = API.unauthenticated("a code is needed", hint: "send the app's code, or a recovery code, in code")
            needed.code = "codeNeeded"
            throw needed
        case .tooMany(let seconds):
            var waiting = Refusal(
                .tooManyRequests, "quotaExceeded", "too many attempts to log in", hint: "try again in \(seconds) seconds")
            waiting.headers[.retryAfter] = String(seconds)
            throw waiting
        }
    }

    private static func welcome(_ session: OpenSession) -> Answer {
        var answer = Answer.json(me(session))
        answer.headers[.setCookie] = SessionCookie.set(session)
        return answer
    }

    private static func me(_ session: OpenSession) -> JSONValue {
        let person = session.person
        return [
            "id": .string(person.id.rawValue), "tenant": JSONValue(person.tenant?.rawValue), "email": .string(person.email.text),
            "name": .string(person.name), "role": .string(person.role.rawValue),
            "scopes": .array(person.role.scopes.sorted().map { .string($0.rawValue) }),
            "secondFactor": .bool(person.hasSecondFactor), "session": .string(session.session.id.rawValue),
            "formToken": .string(session.text.formToken),
        ]
    }
}

extension Exchange {
    /// A member that the schema requires.
    fileprivate func member(_ name: String) -> String { members[name]?.string ?? "" }
}
