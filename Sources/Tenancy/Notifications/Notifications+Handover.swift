import FoundationEssentials
package import GRDB
package import Model

extension Notifications {
    /// Within a daemon the copy has the webhooks, which rest until somebody enables them: their receivers would be told
    /// everything twice. One whose secret cannot be opened is left out.
    package static func reseal(
        _ database: Database, from source: TenantID, to target: TenantID, _ sealing: any Sealing
    ) throws {
        for row in try Row.fetchAll(database, sql: "SELECT id, secret FROM webhook") {
            let (text, sealed): (String, Data) = (row["id"], row["secret"])
            guard let id = WebhookID(rawValue: text),
                let secret = try? sealing.open(Array(sealed), for: Webhook.place(of: id, in: source))
            else {
                try database.execute(sql: "DELETE FROM webhook WHERE id = ?", arguments: [text])
                continue
            }
            try database.execute(
                sql: """
                    UPDATE webhook SET secret = ?, earlierSecret = NULL, earlierUntil = NULL, enabled = 0, reason = ? WHERE id = ?
                    """,
                arguments: [
                    Data(try sealing.seal(secret, for: Webhook.place(of: id, in: target))), "restored from a backup of \(source)", text,
                ])
        }
        try database.execute(sql: "DELETE FROM delivery WHERE state = 'pending'; DELETE FROM letter")
    }

    /// From elsewhere no address comes along that something would be sent to, and nobody's inbox.
    package static func clear(_ database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM delivery; DELETE FROM webhook; DELETE FROM noticeRead; DELETE FROM noticeMark; DELETE FROM notice;
                DELETE FROM noticeChoice; DELETE FROM letter; DELETE FROM message;
                """)
    }
}
