import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let read = Access(.peopleRead, of: .tenant)
    private static let write = Access(.peopleWrite, of: .tenant)
    private static let person = Parameter.path("person", .label(), "The person")
    private static let invitation = Parameter.path("invitation", .label(), "The invitation")
    private static let session = Parameter.path("session", .label(), "The session")

    /// What others make of a person, not what the person does.
    private static let personEditing = Editing.shown(
        by: "person/show", version: { $0.without("lastLogin", "secondFactor") }
    ) { $0.audience($0.named("person")) }
    private static let invitationEditing = Editing.shown(by: "invitation/show") { $0.audience($0.named("invitation")) }
    private static let sessionEditing = Editing.shown(by: "session/show", version: { $0.without("lastUsed") }) {
        $0.audience($0.named("session"))
    }

    static let people: [Route] = [
        Route(
            .get, "/api/people", "person/list", "The persons of a tenant; the platform's, without a tenant.", .key(read),
            parameters: Page.parameters, reply: .json(Page.schema("people", of: .person)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            return page.answer("people", try await exchange.value("person/list", exchange.audience(page.members)), exchange)
        },
        Route(
            .get, "/api/people/{person}", "person/show", "A person.", .key(read), parameters: [person], reply: .json(.person),
            errors: [.notFound], editing: personEditing
        ) { exchange in .json(try await exchange.perform("person/show", exchange.audience(exchange.named("person")))) },
        Route(
            .patch, "/api/people/{person}", "person/role",
            "Gives a person another role, no wider than that of whoever asks. It ends the person's sessions.", .key(write),
            parameters: [person], body: .json(InputSchema(.roleWish)), reply: .json(.person), errors: [.notFound, .conflict],
            example: ["role": "member"], editing: personEditing
        ) { exchange in
            .json(try await exchange.perform("person/role", exchange.audience(exchange.members.merging(exchange.named("person")) { $1 })))
        },
        Route(
            .delete, "/api/people/{person}", "person/remove",
            "Removes a person. The person's sessions end; keys that the person made stay, but with keys.", .key(write),
            parameters: [person, .query("keys", .boolean(default: false), "Whether to revoke the person's keys, too")],
            reply: .nothing, errors: [.notFound, .conflict], editing: personEditing
        ) { exchange in
            _ = try await exchange.perform("person/remove", exchange.audience(exchange.named("person", "keys")))
            return .nothing
        },
        Route(
            .get, "/api/invitations", "invitation/list", "Invitations that nobody accepted yet.", .key(read),
            parameters: Page.parameters, reply: .json(Page.schema("invitations", of: .invitation)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            return page.answer("invitations", try await exchange.value("invitation/list", exchange.audience(page.members)), exchange)
        },
        Route(
            .post, "/api/invitations", "person/invite",
            "Invites somebody to a role no wider than that of whoever asks. The answer alone holds the invitation's text.",
            .key(write), body: .json(InputSchema(.invitationWish)), reply: .json(.newInvitation, .created), errors: [.notFound, .conflict],
            example: ["email": "ada@example.com", "role": "member"], isConfidential: true
        ) { exchange in
            .json(try await exchange.perform("person/invite", exchange.audience(exchange.members)), .created)
        },
        Route(
            .get, "/api/invitations/{invitation}", "invitation/show", "An invitation, without its text.", .key(read),
            parameters: [invitation], reply: .json(.invitation), errors: [.notFound], editing: invitationEditing
        ) { exchange in .json(try await exchange.perform("invitation/show", exchange.audience(exchange.named("invitation")))) },
        Route(
            .delete, "/api/invitations/{invitation}", "invitation/revoke", "Withdraws an invitation.", .key(write),
            parameters: [invitation], reply: .nothing, errors: [.notFound], editing: invitationEditing
        ) { exchange in
            _ = try await exchange.perform("invitation/revoke", exchange.audience(exchange.named("invitation")))
            return .nothing
        },
        Route(
            .get, "/api/sessions", "session/list", "Sessions that are open, by person.", .key(read),
            parameters: Page.parameters + [.query("person", .label(), "Those of one person")],
            reply: .json(Page.schema("sessions", of: .session)), errors: [.notFound]
        ) { exchange in
            let page = try Page(exchange)
            let members = exchange.audience(exchange.named("person").merging(page.members) { $1 })
            return page.answer("sessions", try await exchange.value("session/list", members), exchange)
        },
        Route(
            .get, "/api/sessions/{session}", "session/show", "A session that is open.", .key(read), parameters: [session],
            reply: .json(.session), errors: [.notFound], editing: sessionEditing
        ) { exchange in .json(try await exchange.perform("session/show", exchange.audience(exchange.named("session")))) },
        Route(
            .delete, "/api/sessions/{session}", "session/revoke", "Ends a session: its person must log in again.", .key(write),
            parameters: [session], reply: .nothing, errors: [.notFound], editing: sessionEditing
        ) { exchange in
            _ = try await exchange.perform("session/revoke", exchange.audience(exchange.named("session")))
            return .nothing
        },
    ]
}

extension Exchange {
    /// Members with the tenant whose people the request is about; without one it is about the platform's.
    fileprivate func audience(_ members: [String: JSONValue] = [:]) -> [String: JSONValue] {
        var members = members
        if let tenant = text("tenant") ?? requester.principal.tenant?.rawValue { members["tenant"] = .string(tenant) }
        return members
    }

    fileprivate func named(_ names: String...) -> [String: JSONValue] { parameters.filter { names.contains($0.key) } }
}
