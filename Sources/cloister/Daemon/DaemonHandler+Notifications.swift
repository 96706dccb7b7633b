import Control
import Model
import Store
import Tenancy

extension DaemonHandler {
    func perform(_ request: NotificationRequest) async throws(Problem) -> JSONValue {
        switch request {
        case .list(let tenant, let person, let unread, let cursor, let limit):
            let page = try await daemon.notifications.inbox(
                of: person, in: tenant, before: cursor, limit: limit, onlyUnread: unread)
            return [
                "notifications": .array(page.entries.map(\.json)), "unread": JSONValue(page.unread), "cursor": JSONValue(page.next),
            ]
        case .read(let tenant, let person, let notice):
            try await daemon.notifications.markRead(notice, by: person, in: tenant)
            return [:]
        case .preferences(let tenant, let person):
            return preferences(try await daemon.notifications.choices(of: person, in: tenant))
        case .setPreferences(let tenant, let person, let wishes):
            var changes: [NoticeKind: (inbox: Bool?, mail: Bool?)] = [:]
            for (name, wish) in wishes {
                guard let kind = NoticeKind(rawValue: name) else {
                    let known = NoticeKind.ofTenants.map(\.rawValue)
                    throw Problem(
                        .invalidInput, "/preferences/\(name.prefix(40)): unknown kind",
                        hint: known.nearest(to: name).map { "did you mean \($0)?" } ?? known.joined(separator: ", "))
                }
                changes[kind] = (wish.inbox, wish.mail)
            }
            return preferences(try await daemon.notifications.choose(changes, of: person, in: tenant))
        }
    }

    private func preferences(_ choices: [NoticeKind: NoticeChoice]) -> JSONValue {
        let members = choices.map { kind, choice in
            (kind.rawValue, ["inbox": .bool(choice.inbox), "mail": .bool(choice.mail)] as JSONValue)
        }
        return [
            "preferences": .object(Dictionary(uniqueKeysWithValues: members)), "mailing": .bool(daemon.notifications.isMailing),
        ]
    }

    func perform(_ request: WebhookRequest, for caller: Caller) async throws(Problem) -> JSONValue {
        let notifications = daemon.notifications
        switch request {
        case .create(let tenant, let url, let names):
            let address = try WebhookAddress(url, allowsPlain: daemon.webhookPost.allowsPlain)
            try daemon.webhookPost.check(address)
            let (webhook, secret) = try await notifications.createWebhook(
                address, kinds: try Set(named: names), in: tenant, by: caller.description)
            return webhook.json(["secret": .string(secret.text)])
        case .list(let tenant): return ["webhooks": .array(try await notifications.webhooks(of: tenant).map { $0.json() })]
        case .show(let tenant, let id): return try await notifications.webhook(id, of: tenant).json()
        case .set(let tenant, let id, let names, let isEnabled):
            let kinds = try names.map { (names) throws(Problem) in try Set<NoticeKind>(named: names) }
            return try await notifications.setWebhook(id, of: tenant, kinds: kinds, isEnabled: isEnabled).json()
        case .delete(let tenant, let id): return try await notifications.deleteWebhook(id, of: tenant).json()
        case .rotate(let tenant, let id):
            let (webhook, secret) = try await notifications.rotateSecret(of: id, in: tenant)
            return webhook.json(["secret": .string(secret.text)])
        case .test(let tenant, let id): return try await notifications.testWebhook(id, of: tenant).json
        case .deliveries(let tenant, let id, let name, let cursor, let limit):
            let page = try await notifications.deliveries(
                to: id, of: tenant, try name.map(Self.state), before: cursor, limit: limit)
            return ["deliveries": .array(page.deliveries.map(\.json)), "cursor": JSONValue(page.next)]
        case .replay(let tenant, let id, let delivery):
            try await notifications.replay(delivery, to: id, of: tenant)
            return ["replayed": 1]
        case .replayFailed(let tenant, let id, let since):
            let moment = try Timestamp(since, at: "/since").milliseconds
            return ["replayed": JSONValue(try await notifications.replay(failedSince: moment, to: id, of: tenant))]
        }
    }

    private static func state(_ name: String) throws(Problem) -> Delivery.State {
        guard let state = Delivery.State(rawValue: name) else {
            throw Problem(
                .invalidInput, "/state: unknown: \(name.prefix(40).debugDescription)",
                hint: Delivery.State.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return state
    }
}

extension InboxEntry {
    fileprivate var json: JSONValue {
        [
            "id": .string(id.rawValue), "kind": .string(kind.rawValue), "subject": .string(subject), "text": .string(text),
            "first": .string(Timestamp(milliseconds: first).description), "last": .string(Timestamp(milliseconds: last).description),
            "count": .integer(count), "read": .bool(isRead),
        ]
    }
}

extension Webhook {
    fileprivate func json(_ more: [String: JSONValue] = [:]) -> JSONValue {
        let members: [String: JSONValue] = [
            "id": .string(id.rawValue), "url": .string(url), "kinds": .array(kinds.map(\.rawValue).sorted().map(JSONValue.string)),
            "enabled": .bool(isEnabled), "reason": JSONValue(reason),
            "failingSince": JSONValue(failingSince.map { Timestamp(milliseconds: $0).description }),
            "created": .string(Timestamp(milliseconds: created).description), "createdBy": .string(createdBy),
            "earlierSecretUntil": JSONValue(earlierSecretUntil.map { Timestamp(milliseconds: $0).description }),
        ]
        return .object(members.merging(more) { $1 })
    }
}

extension Delivery {
    fileprivate var json: JSONValue {
        [
            "id": .string(id.rawValue), "webhook": .string(webhook.rawValue), "kind": .string(kind),
            "state": .string(state.rawValue), "attempts": JSONValue(attempts),
            "created": .string(Timestamp(milliseconds: created).description),
            "due": .string(Timestamp(milliseconds: due).description), "status": JSONValue(status.map { Int64($0) }), "detail": JSONValue(detail),
            "body": .string(body),
        ]
    }
}
