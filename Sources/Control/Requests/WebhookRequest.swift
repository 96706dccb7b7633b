package import Model

/// What is asked about the addresses that a tenant has its notices sent to.
package enum WebhookRequest: Hashable, Sendable {
    /// Of no kinds, every kind is sent. → the webhook with its secret
    case create(TenantID, url: String, kinds: [String])
    /// → `{"webhooks"}`
    case list(TenantID)
    /// → the webhook
    case show(TenantID, WebhookID)
    /// What is left out stays. → the webhook as it is then
    case set(TenantID, WebhookID, kinds: [String]?, isEnabled: Bool?)
    /// → the webhook as it was
    case delete(TenantID, WebhookID)
    /// → the webhook with its new secret
    case rotate(TenantID, WebhookID)
    /// → the delivery
    case test(TenantID, WebhookID)
    /// The newest first. → `{"deliveries", "cursor"}`
    case deliveries(TenantID, WebhookID, state: String?, cursor: Int64?, limit: Int)
    /// One delivery. → `{"replayed"}`
    case replay(TenantID, WebhookID, DeliveryID)
    /// Those that failed since a moment, as RFC 3339 or as a date. → `{"replayed"}`
    case replayFailed(TenantID, WebhookID, since: String)

    package static let mostKinds = 32
    package static let mostEntries = 100

    package var method: ControlMethod {
        switch self {
        case .create: .webhookCreate
        case .list: .webhookList
        case .show: .webhookShow
        case .set: .webhookSet
        case .delete: .webhookDelete
        case .rotate: .webhookRotate
        case .test: .webhookTest
        case .deliveries: .webhookDeliveries
        case .replay, .replayFailed: .webhookReplay
        }
    }

    package var tenant: TenantID {
        switch self {
        case .create(let tenant, _, _), .list(let tenant), .show(let tenant, _), .set(let tenant, _, _, _), .delete(let tenant, _),
            .rotate(let tenant, _), .test(let tenant, _), .deliveries(let tenant, _, _, _, _), .replay(let tenant, _, _),
            .replayFailed(let tenant, _, _):
            tenant
        }
    }

    private var webhook: WebhookID? {
        switch self {
        case .create, .list: nil
        case .show(_, let id), .set(_, let id, _, _), .delete(_, let id), .rotate(_, let id), .test(_, let id),
            .deliveries(_, let id, _, _, _), .replay(_, let id, _), .replayFailed(_, let id, _):
            id
        }
    }

    /// What it is about, by its name: no address, for in its path may be a secret.
    var objectName: String { webhook?.rawValue ?? "" }

    /// The method must be one of these: `ControlRequest` lists them.
    init(_ method: ControlMethod, _ parameters: inout ControlParameters) throws(Problem) {
        let tenant: TenantID = try parameters.identifier("tenant")
        switch method {
        case .webhookCreate:
            self = .create(
                tenant, url: try parameters.word("url", limit: 2048), kinds: try parameters.words("kinds", limit: Self.mostKinds))
        case .webhookList: self = .list(tenant)
        case .webhookShow: self = .show(tenant, try parameters.identifier("webhook"))
        case .webhookSet:
            let names = parameters.members.take("kinds")
            var kinds: [String]?
            if let names {
                guard let elements = names.array, elements.count <= Self.mostKinds, elements.allSatisfy({ $0.string != nil }) else {
                    throw Problem(.invalidInput, "/kinds: expected at most \(Self.mostKinds) strings")
                }
                kinds = elements.compactMap(\.string)
            }
            self = .set(
                tenant, try parameters.identifier("webhook"), kinds: kinds,
                isEnabled: try parameters.members.optionalBool("enabled"))
        case .webhookDelete: self = .delete(tenant, try parameters.identifier("webhook"))
        case .webhookRotate: self = .rotate(tenant, try parameters.identifier("webhook"))
        case .webhookTest: self = .test(tenant, try parameters.identifier("webhook"))
        case .webhookDeliveries:
            self = .deliveries(
                tenant, try parameters.identifier("webhook"), state: try parameters.members.optionalString("state"),
                cursor: try parameters.members.optionalInteger("cursor"),
                limit: try parameters.optionalCount("limit", in: 1...Self.mostEntries) ?? 50)
        case .webhookReplay:
            let webhook: WebhookID = try parameters.identifier("webhook")
            let delivery: DeliveryID? = try parameters.optionalIdentifier("delivery")
            let since = try parameters.members.optionalString("since")
            switch (delivery, since) {
            case (let delivery?, nil): self = .replay(tenant, webhook, delivery)
            case (nil, let since?): self = .replayFailed(tenant, webhook, since: since)
            default: throw Problem(.invalidInput, "/: expected either delivery or since")
            }
        default: preconditionFailure("\(method.rawValue) is not about webhooks")
        }
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue?] = [
            "tenant": .string(tenant.rawValue), "webhook": webhook.map { .string($0.rawValue) },
        ]
        switch self {
        case .list, .show, .delete, .rotate, .test: break
        case .create(_, let url, let kinds):
            members["url"] = .string(url)
            members["kinds"] = .array(kinds.map(JSONValue.string))
        case .set(_, _, let kinds, let isEnabled):
            members["kinds"] = kinds.map { .array($0.map(JSONValue.string)) }
            members["enabled"] = isEnabled.map(JSONValue.bool)
        case .deliveries(_, _, let state, let cursor, let limit):
            members["state"] = state.map(JSONValue.string)
            members["cursor"] = cursor.map { .integer($0) }
            members["limit"] = .integer(Int64(limit))
        case .replay(_, _, let delivery): members["delivery"] = .string(delivery.rawValue)
        case .replayFailed(_, _, let since): members["since"] = .string(since)
        }
        return members.compactMapValues { $0 }
    }
}
