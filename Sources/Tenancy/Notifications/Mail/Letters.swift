import GRDB
import Model

/// A mail that waits to be sent.
struct Letter: Sendable, Hashable {
    let sequence: Int64
    let recipient: EmailAddress
    let occasion: Occasion
    let text: String
    let created: Int64
    let attempts: Int

    enum Occasion: Sendable, Hashable {
        case notice(NoticeKind)
        /// Of a workflow, with its title.
        case message(String)
    }
}

/// The mails of a tenant that wait, written in the transaction of what they tell of.
enum Letters {
    /// Of one tenant; what comes beyond is not mailed, and lies in the inbox all the same.
    static let mostWaiting = 1000
    /// Later than that nobody wants to know.
    static let longestWaiting: Int64 = 86_400_000

    /// To one person at these addresses, also where too much waits: nobody keeps it back by having much sent.
    static func send(_ notice: Notice, to addresses: [EmailAddress], at now: Int64, _ database: Database) throws {
        for address in addresses {
            try database.execute(
                sql: "INSERT INTO letter (recipient, kind, text, created, attempts, due) VALUES (?, ?, ?, ?, 0, ?)",
                arguments: [address.text, notice.kind.rawValue, notice.text, now, now])
        }
    }

    /// To every person who may know of it and wants a mail.
    static func send(_ notice: Notice, of tenant: TenantID, at now: Int64, _ database: Database) throws {
        let waiting = try Int.fetchOne(database, sql: "SELECT count(*) FROM letter") ?? 0
        var room = mostWaiting - waiting
        let people = try Row.fetchAll(
            database,
            sql: """
                SELECT person.*, noticeChoice.mail AS chosen FROM person
                LEFT JOIN noticeChoice ON noticeChoice.person = person.id AND noticeChoice.kind = ?
                WHERE person.active ORDER BY person.created
                """, arguments: [notice.kind.rawValue])
        for row in people where room > 0 {
            let person = try Person(row, in: tenant)
            let isWanted = row["chosen"] as Bool? ?? NoticeChoice.standard(notice.kind).mail
            guard isWanted, let scope = notice.kind.scope, person.role.scopes.contains(scope) else { continue }
            room -= 1
            try database.execute(
                sql: "INSERT INTO letter (recipient, kind, text, created, attempts, due) VALUES (?, ?, ?, ?, 0, ?)",
                arguments: [person.email.text, notice.kind.rawValue, notice.text, now, now])
        }
    }

    /// The one whose turn it is. What waits for too long is left out; `settle` removes it.
    static func next(at now: Int64, _ database: Database) throws -> Letter? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM letter WHERE due <= ? AND created > ? ORDER BY due, sequence LIMIT 1",
            arguments: [now, now - longestWaiting]
        ).map { row in
            let title: String? = row["title"]
            guard let occasion = title.map(Letter.Occasion.message) ?? NoticeKind(rawValue: row["kind"]).map(Letter.Occasion.notice) else {
                throw Problem(.internalFault, "the database holds a mail that none can be", hint: "restore it from a backup")
            }
            return Letter(
                sequence: row["sequence"], recipient: try EmailAddress(row["recipient"]), occasion: occasion, text: row["text"], created: row["created"],
                attempts: row["attempts"])
        }
    }

    /// Removes what was sent and what is too old, puts off what was not sent, and says when the next one is due.
    static func settle(_ letter: Letter?, isSent: Bool, at now: Int64, chance: Double, _ database: Database) throws -> Int64? {
        if let letter {
            let attempts = letter.attempts + 1
            if !isSent, let pause = DeliverySchedule.pause(after: attempts, chance: chance) {
                try database.execute(
                    sql: "UPDATE letter SET attempts = ?, due = ? WHERE sequence = ?",
                    arguments: [attempts, now + pause, letter.sequence])
            } else {
                try database.execute(sql: "DELETE FROM letter WHERE sequence = ?", arguments: [letter.sequence])
            }
        }
        try database.execute(sql: "DELETE FROM letter WHERE created <= ?", arguments: [now - longestWaiting])
        return try nextDue(database)
    }

    static func nextDue(_ database: Database) throws -> Int64? {
        try Int64.fetchOne(database, sql: "SELECT min(due) FROM letter")
    }
}
