import FoundationEssentials
import GRDB
package import Model
import Store

extension Notifications {
    /// Makes a webhook. Its secret is given back here and never again.
    package func createWebhook(
        _ address: WebhookAddress, kinds: Set<NoticeKind>, in tenant: TenantID, by principal: String
    ) async throws(Problem) -> (webhook: Webhook, secret: WebhookSecret) {
        let (id, secret, now) = (WebhookID.random(), try WebhookSecret.random(), now())
        let sealed = Data(try sealing.seal(secret.text, for: Webhook.place(of: id, in: tenant)))
        let webhook = try await store.tenant(tenant).write { database in
            let others = try Int.fetchOne(database, sql: "SELECT count(*) FROM webhook")
            guard others ?? 0 < Webhook.most else {
                throw Problem(.quotaExceeded, "tenant \(tenant) has \(Webhook.most) webhooks", hint: "delete some")
            }
            try database.execute(
                sql: "INSERT INTO webhook (id, url, kinds, secret, enabled, created, createdBy) VALUES (?, ?, ?, ?, 1, ?, ?)",
                arguments: [id.rawValue, address.text, kinds.words, sealed, now, principal])
            return try Webhook.find(id, database)
        }
        return (webhook, secret)
    }

    /// The oldest first.
    package func webhooks(of tenant: TenantID) async throws(Problem) -> [Webhook] {
        try await store.tenant(tenant).read { try Webhook.all($0) }
    }

    package func webhook(_ id: WebhookID, of tenant: TenantID) async throws(Problem) -> Webhook {
        try await store.tenant(tenant).read { try Webhook.find(id, $0) }
    }

    /// Changes what is named. One that is enabled again begins anew; what waits for one that is disabled is given up.
    package func setWebhook(
        _ id: WebhookID, of tenant: TenantID, kinds: Set<NoticeKind>?, isEnabled: Bool?
    ) async throws(Problem) -> Webhook {
        let now = now()
        return try await store.tenant(tenant).write { database in
            _ = try Webhook.find(id, database)
            if let kinds {
                try database.execute(sql: "UPDATE webhook SET kinds = ? WHERE id = ?", arguments: [kinds.words, id.rawValue])
            }
            if isEnabled == true {
                try database.execute(
                    sql: "UPDATE webhook SET enabled = 1, reason = NULL, failingSince = NULL WHERE id = ?", arguments: [id.rawValue])
            } else if isEnabled == false {
                try Deliveries.disable(id, nil, at: now, database)
            }
            return try Webhook.find(id, database)
        }
    }

    /// Removes a webhook with its deliveries.
    package func deleteWebhook(_ id: WebhookID, of tenant: TenantID) async throws(Problem) -> Webhook {
        try await store.tenant(tenant).write { database in
            let webhook = try Webhook.find(id, database)
            try database.execute(sql: "DELETE FROM webhook WHERE id = ?", arguments: [id.rawValue])
            return webhook
        }
    }

    /// Gives a webhook another secret. For a day messages are signed with both.
    package func rotateSecret(
        of id: WebhookID, in tenant: TenantID
    ) async throws(Problem) -> (webhook: Webhook, secret: WebhookSecret) {
        let (secret, until) = (try WebhookSecret.random(), now() + Webhook.overlap)
        let sealed = Data(try sealing.seal(secret.text, for: Webhook.place(of: id, in: tenant)))
        let webhook = try await store.tenant(tenant).write { database in
            try database.execute(
                sql: "UPDATE webhook SET earlierSecret = secret, earlierUntil = ?, secret = ? WHERE id = ?",
                arguments: [until, sealed, id.rawValue])
            return try Webhook.find(id, database)
        }
        return (webhook, secret)
    }

    /// Sends a message that says nothing. Throws `conflict` where the webhook is disabled.
    package func testWebhook(_ id: WebhookID, of tenant: TenantID) async throws(Problem) -> Delivery {
        let now = now()
        let delivery = try await store.tenant(tenant).write { database in
            try Self.checkEnabled(id, database)
            let body = Deliveries.body(Deliveries.testKind, of: tenant, about: id.rawValue, "this is a test", at: now)
            return try Self.delivery(try Deliveries.add(Deliveries.testKind, body, to: id, at: now, database), database)
        }
        await waiting(tenant)
        return delivery
    }

    /// The newest first; `cursor` is the `next` of the page before.
    package func deliveries(
        to id: WebhookID, of tenant: TenantID, _ state: Delivery.State? = nil, before cursor: Int64? = nil, limit: Int = 50
    ) async throws(Problem) -> DeliveryPage {
        try await store.tenant(tenant).read { database in
            _ = try Webhook.find(id, database)
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM delivery WHERE webhook = ? AND sequence < ? AND state = coalesce(?, state)
                    ORDER BY sequence DESC LIMIT ?
                    """, arguments: [id.rawValue, cursor ?? .max, state?.rawValue, limit + 1])
            let page = try rows.prefix(limit).map { try Delivery($0) }
            return DeliveryPage(deliveries: page, next: rows.count > limit ? page.last?.sequence : nil)
        }
    }

    /// Sends one message again, whatever came of it.
    package func replay(_ delivery: DeliveryID, to id: WebhookID, of tenant: TenantID) async throws(Problem) {
        let now = now()
        try await store.tenant(tenant).write { database in
            try Self.checkEnabled(id, database)
            try Deliveries.replay(delivery, to: id, at: now, database)
        }
        await waiting(tenant)
    }

    /// Sends again what was made since a moment and failed; how many there are.
    package func replay(failedSince moment: Int64, to id: WebhookID, of tenant: TenantID) async throws(Problem) -> Int {
        let now = now()
        let count = try await store.tenant(tenant).write { database in
            try Self.checkEnabled(id, database)
            return try Deliveries.replay(id, failedSince: moment, at: now, database)
        }
        await waiting(tenant)
        return count
    }

    private static func checkEnabled(_ id: WebhookID, _ database: Database) throws {
        guard try Webhook.find(id, database).isEnabled else {
            throw Problem(.conflict, "webhook \(id) is disabled", hint: "enable it: cloister webhook set --enable-sending")
        }
    }

    private static func delivery(_ id: DeliveryID, _ database: Database) throws -> Delivery {
        let row = try Row.fetchOne(database, sql: "SELECT * FROM delivery WHERE id = ?", arguments: [id.rawValue])
        guard let row else { throw Problem(.internalFault, "delivery not found: \(id)") }
        return try Delivery(row)
    }
}
