import FoundationEssentials
import GRDB
package import Model

/// An address that a tenant has its notices sent to, without what they are signed with.
package struct Webhook: Sendable, Hashable {
    package let id: WebhookID
    package let url: String
    /// Empty for every kind.
    package let kinds: Set<NoticeKind>
    package let isEnabled: Bool
    /// Why the daemon disabled it; nil where it did not.
    package let reason: String?
    /// In milliseconds since 1970 (UTC): since when no try has succeeded; nil where the last one did.
    package let failingSince: Int64?
    package let created: Int64
    package let createdBy: String
    /// How long messages bear a signature with the earlier secret, too; nil where there is none.
    package let earlierSecretUntil: Int64?

    /// Of one tenant.
    package static let most = 20
    /// For how long both secrets sign after a rotation.
    package static let overlap: Int64 = 86_400_000

    init(_ row: Row) throws(Problem) {
        guard let id = WebhookID(rawValue: row["id"]) else {
            throw Problem(.internalFault, "the database holds a webhook that none can be", hint: "restore it from a backup")
        }
        self.id = id
        url = row["url"]
        let kinds: String = row["kinds"]
        self.kinds = Set(kinds.split(separator: " ").compactMap { NoticeKind(rawValue: String($0)) })
        isEnabled = row["enabled"]
        reason = row["reason"]
        failingSince = row["failingSince"]
        created = row["created"]
        createdBy = row["createdBy"]
        earlierSecretUntil = row["earlierUntil"]
    }

    /// The webhook, or `notFound`.
    static func find(_ id: WebhookID, _ database: Database) throws -> Webhook {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM webhook WHERE id = ?", arguments: [id.rawValue]) else {
            throw Problem(.notFound, "webhook not found: \(id)", hint: "cloister webhook list shows all")
        }
        return try Webhook(row)
    }

    static func all(_ database: Database) throws -> [Webhook] {
        try Row.fetchAll(database, sql: "SELECT * FROM webhook ORDER BY created, id").map { try Webhook($0) }
    }

    /// What it signs with now, sealed: the secret, and for a while after a rotation the earlier one.
    static func secrets(of id: WebhookID, at now: Int64, _ database: Database) throws -> [[UInt8]] {
        let row = try Row.fetchOne(
            database, sql: "SELECT secret, iif(earlierUntil > ?, earlierSecret, NULL) AS earlier FROM webhook WHERE id = ?",
            arguments: [now, id.rawValue])
        let sealed: [Data?] = [row?["secret"], row?["earlier"]]
        return sealed.compactMap { $0 }.map { Array($0) }
    }

    func wants(_ kind: NoticeKind) -> Bool { isEnabled && (kinds.isEmpty || kinds.contains(kind)) }

    /// For what its secret is sealed.
    static func place(of id: WebhookID, in tenant: TenantID) -> String { "webhook/\(tenant)/\(id)" }
}

extension Set<NoticeKind> {
    /// Reads kinds by name; `invalidInput` names one that is not known.
    package init(named names: [String]) throws(Problem) {
        self.init()
        for (index, name) in names.enumerated() {
            guard let kind = NoticeKind(rawValue: name), kind.scope != nil else {
                let known = NoticeKind.ofTenants.map(\.rawValue)
                throw Problem(
                    .invalidInput, "/kinds/\(index): unknown kind \(name.prefix(40).debugDescription)",
                    hint: known.nearest(to: name).map { "did you mean \($0)?" } ?? known.joined(separator: ", "))
            }
            insert(kind)
        }
    }

    var words: String { map(\.rawValue).sorted().joined(separator: " ") }
}
