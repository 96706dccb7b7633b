import GRDB
import Model

/// By which ways a person is told of a kind of notice.
package struct NoticeChoice: Sendable, Hashable {
    package var inbox: Bool
    package var mail: Bool

    package init(inbox: Bool, mail: Bool) {
        self.inbox = inbox
        self.mail = mail
    }

    /// For who has chosen nothing: everything lies in the inbox, and what cannot wait comes by mail.
    static func standard(_ kind: NoticeKind) -> NoticeChoice { NoticeChoice(inbox: true, mail: kind.isUrgent) }

    /// What a person has chosen, and the standard for the rest.
    static func all(of person: PersonID, _ database: Database) throws -> [NoticeKind: NoticeChoice] {
        var choices = Dictionary(uniqueKeysWithValues: NoticeKind.ofTenants.map { ($0, standard($0)) })
        let rows = try Row.fetchAll(
            database, sql: "SELECT kind, inbox, mail FROM noticeChoice WHERE person = ?", arguments: [person.rawValue])
        for row in rows {
            guard let kind = NoticeKind(rawValue: row["kind"]), kind.scope != nil else { continue }
            choices[kind] = NoticeChoice(inbox: row["inbox"], mail: row["mail"])
        }
        return choices
    }

    func save(_ kind: NoticeKind, of person: PersonID, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO noticeChoice (person, kind, inbox, mail) VALUES (?, ?, ?, ?)
                ON CONFLICT (person, kind) DO UPDATE SET inbox = excluded.inbox, mail = excluded.mail
                """, arguments: [person.rawValue, kind.rawValue, inbox, mail])
    }
}
