import GRDB
package import Model

/// A message to a webhook and how far it has come.
package struct Delivery: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable {
        case pending, delivered, failed
    }

    /// The same at every try and every replay: by it a receiver knows what it has seen.
    package let id: DeliveryID
    /// A newer one is greater.
    package let sequence: Int64
    package let webhook: WebhookID
    /// The kind of the notice, or `webhook.test`.
    package let kind: String
    package let body: String
    /// In milliseconds since 1970 (UTC), as is `due`.
    package let created: Int64
    package let state: State
    package let attempts: Int
    /// When it is tried next, or when it was tried last.
    package let due: Int64
    /// What the last try was answered; nil where it was not.
    package let status: Int?
    /// What went wrong with the last try.
    package let detail: String?

    init(_ row: Row) throws(Problem) {
        guard let id = DeliveryID(rawValue: row["id"]), let webhook = WebhookID(rawValue: row["webhook"]),
            let state = State(rawValue: row["state"])
        else {
            throw Problem(.internalFault, "the database holds a delivery that none can be", hint: "restore it from a backup")
        }
        self.id = id
        self.webhook = webhook
        self.state = state
        sequence = row["sequence"]
        kind = row["kind"]
        body = row["body"]
        created = row["created"]
        attempts = row["attempts"]
        due = row["due"]
        status = row["status"]
        detail = row["detail"]
    }
}

/// A page of a webhook's deliveries, the newest first.
package struct DeliveryPage: Sendable {
    package let deliveries: [Delivery]
    /// Behind which the next page begins; nil on the last one.
    package let next: Int64?
}
