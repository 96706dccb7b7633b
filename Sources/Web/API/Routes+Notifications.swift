import HTTPTypes
import Model
import Tenancy

extension Routes {
    private static let editing = Editing.shown(by: "notification/preferences/show") { try $0.inboxMembers() }

    static let notifications: [Route] = [
        Route(
            .get, "/api/me/notifications", "notification/list", "What the tenant's people were told of, the newest first.", .person,
            parameters: [.query("unread", .boolean(default: false), "Only what is not read")] + Page.parameters,
            reply: .json(.inbox), errors: [.conflict]
        ) { exchange in
            let page = try Page(exchange)
            var members = try exchange.inboxMembers()
            members["limit"] = JSONValue(page.limit)
            members["unread"] = exchange.parameters["unread"]
            members["cursor"] = try page.number.map { .integer($0) }
            let list = try await exchange.value("notification/list", members)
            return page.answer(
                "notifications", list["notifications"]?.array ?? [], exchange,
                next: list["cursor"]?.integer.map { String($0) }, ["unread": list["unread"] ?? 0])
        },
        Route(
            .post, "/api/me/notifications/read", "notification/read", "Marks a notice as read, or all that there are.", .person,
            body: .json(InputSchema(.readWish)), reply: .nothing, errors: [.notFound, .conflict],
            example: ["notification": "notice-1f6b2c"]
        ) { exchange in
            _ = try await exchange.perform("notification/read", exchange.inboxMembers().merging(exchange.members) { $1 })
            return .nothing
        },
        Route(
            .get, "/api/me/notifications/preferences", "notification/preferences/show",
            "By which ways the person is told of what.", .person, reply: .json(.noticePreferences), errors: [.conflict], editing: editing
        ) { exchange in .json(try await exchange.ownPreferences()) },
        Route(
            .patch, "/api/me/notifications/preferences", "notification/preferences/set", "Chooses other ways.", .person,
            body: .json(InputSchema(.noticePreferencesWish)), reply: .json(.noticePreferences), errors: [.notFound, .conflict],
            example: ["preferences": ["key.created": ["mail": true], "person.invited": ["inbox": false]]], editing: editing
        ) { exchange in
            .json(try await exchange.setOwnPreferences(exchange.members["preferences"] ?? [:]))
        },
    ]
}
