import FoundationEssentials
import GRDB
import Model

/// Messages of a tenant that are on their way or have been: written in the transaction of what they tell of, so that
/// nothing is told which did not happen, and nothing that happened stays untold.
enum Deliveries {
    /// Of one webhook. One that comes when so many wait is kept as failed, and can be replayed.
    static let mostPending = 1000
    static let mostKept = 1000
    static let longestKept: Int64 = 30 * 86_400_000

    static let testKind = "webhook.test"

    /// What is sent: Standard Webhooks, section "Payload structure".
    static func body(_ kind: String, of tenant: TenantID, about subject: String, _ text: String, at now: Int64) -> String {
        let time = Date(timeIntervalSince1970: Double(now) / 1000).formatted(.iso8601)
        let document: JSONValue = [
            "type": .string(kind), "timestamp": .string(time),
            "data": ["tenant": .string(tenant.rawValue), "subject": .string(subject), "text": .string(text)],
        ]
        return document.compactText
    }

    /// To every webhook that wants it.
    static func send(_ notice: Notice, of tenant: TenantID, at now: Int64, _ database: Database) throws {
        for webhook in try Webhook.all(database) where webhook.wants(notice.kind) {
            let body = body(notice.kind.rawValue, of: tenant, about: notice.subject, notice.text, at: now)
            try add(notice.kind.rawValue, body, to: webhook.id, at: now, database)
        }
    }

    @discardableResult
    static func add(
        _ kind: String, _ body: String, to webhook: WebhookID, at now: Int64, _ database: Database
    ) throws -> DeliveryID {
        let pending = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM delivery WHERE webhook = ? AND state = 'pending'", arguments: [webhook.rawValue])
        let isFull = pending ?? 0 >= mostPending
        let id = DeliveryID.random()
        try database.execute(
            sql: """
                INSERT INTO delivery (id, webhook, kind, body, created, state, attempts, due, detail)
                VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)
                """,
            arguments: [
                id.rawValue, webhook.rawValue, kind, body, now, (isFull ? Delivery.State.failed : .pending).rawValue, now,
                isFull ? "\(mostPending) messages were waiting already" : nil,
            ])
        try database.execute(
            sql: """
                DELETE FROM delivery WHERE webhook = ?1 AND state <> 'pending' AND (created < ?2 OR sequence <= (
                    SELECT sequence FROM delivery WHERE webhook = ?1 AND state <> 'pending'
                    ORDER BY sequence DESC LIMIT 1 OFFSET ?3))
                """, arguments: [webhook.rawValue, now - longestKept, mostKept])
        return id
    }

    /// The message whose turn it is at a webhook, and that is due.
    static func next(to webhook: WebhookID, at now: Int64, _ database: Database) throws -> Delivery? {
        try Row.fetchOne(
            database,
            sql: "SELECT * FROM delivery WHERE webhook = ? AND state = 'pending' AND due <= ? ORDER BY due, sequence LIMIT 1",
            arguments: [webhook.rawValue, now]
        ).map { try Delivery($0) }
    }

    /// When the next message to a webhook is due; nil where none waits.
    static func nextDue(to webhook: WebhookID, _ database: Database) throws -> Int64? {
        try Int64.fetchOne(
            database, sql: "SELECT min(due) FROM delivery WHERE webhook = ? AND state = 'pending'", arguments: [webhook.rawValue])
    }

    /// Of each webhook that something waits for, when it is due.
    static func due(_ database: Database) throws -> [WebhookID: Int64] {
        let rows = try Row.fetchAll(
            database, sql: "SELECT webhook, min(due) AS due FROM delivery WHERE state = 'pending' GROUP BY webhook")
        return Dictionary(
            rows.compactMap { row in WebhookID(rawValue: row["webhook"]).map { ($0, row["due"]) } }, uniquingKeysWith: min)
    }

    /// Writes down what came of a try. False where the webhook was disabled by it.
    static func settle(
        _ delivery: Delivery, _ outcome: DeliveryOutcome, at now: Int64, chance: Double, _ database: Database
    ) throws -> Bool {
        let webhook = try Webhook.find(delivery.webhook, database)
        let attempts = delivery.attempts + 1
        let verdict = DeliveryVerdict(
            outcome, attempts: attempts, failingFor: now - (webhook.failingSince ?? now), chance: chance)
        let (state, due): (Delivery.State, Int64) =
            switch verdict {
            case .delivered: (.delivered, now)
            case .again(let pause): (.pending, now + pause)
            case .exhausted, .disable: (.failed, now)
            }
        try database.execute(
            sql: "UPDATE delivery SET state = ?, attempts = ?, due = ?, status = ?, detail = ? WHERE id = ?",
            arguments: [state.rawValue, attempts, due, outcome.status, outcome.detail, delivery.id.rawValue])
        try database.execute(
            sql: "UPDATE webhook SET failingSince = ? WHERE id = ?",
            arguments: [verdict == .delivered ? nil : webhook.failingSince ?? now, webhook.id.rawValue])
        guard case .disable(let reason) = verdict else { return true }
        try disable(webhook.id, reason, at: now, database)
        return false
    }

    /// What waits for a webhook that is disabled waits no more; it can be replayed when it is enabled again.
    static func disable(_ webhook: WebhookID, _ reason: String?, at now: Int64, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE webhook SET enabled = 0, reason = ? WHERE id = ?", arguments: [reason, webhook.rawValue])
        try database.execute(
            sql: "UPDATE delivery SET state = 'failed', due = ?, detail = ? WHERE webhook = ? AND state = 'pending'",
            arguments: [now, "the webhook was disabled", webhook.rawValue])
    }

    /// Sends again what failed since a moment, the oldest first, as far as there is room; how many there are.
    static func replay(_ webhook: WebhookID, failedSince moment: Int64, at now: Int64, _ database: Database) throws -> Int {
        try database.execute(
            sql: """
                UPDATE delivery SET state = 'pending', attempts = 0, due = ?1 WHERE sequence IN (
                    SELECT sequence FROM delivery WHERE webhook = ?2 AND state = 'failed' AND created >= ?3
                    ORDER BY sequence LIMIT max(0, ?4 - (SELECT count(*) FROM delivery WHERE webhook = ?2 AND state = 'pending')))
                """, arguments: [now, webhook.rawValue, moment, mostPending])
        return database.changesCount
    }

    /// Sends one again, whatever came of it.
    static func replay(_ id: DeliveryID, to webhook: WebhookID, at now: Int64, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE delivery SET state = 'pending', attempts = 0, due = ? WHERE id = ? AND webhook = ?",
            arguments: [now, id.rawValue, webhook.rawValue])
        guard database.changesCount == 1 else {
            throw Problem(.notFound, "delivery not found: \(id)", hint: "cloister webhook deliveries shows those that are kept")
        }
    }
}
