import GRDB
import Model

/// The notices of a tenant, kept once for all its people; who has read which is kept for each person.
enum NoticeBoard {
    /// Of one tenant.
    static let mostNotices = 1000
    /// Of one person. What a tenant is told of drives none of them out.
    static let mostOfOne = 100
    static let longestKept: Int64 = 90 * 86_400_000
    /// The same about the same subject within this time is counted and not told anew.
    static let collapsing: Int64 = 3_600_000

    enum Posting: Sendable {
        case new
        /// It happened again, soon after.
        case again
        /// It has been told, and is told once.
        case known
    }

    static func post(_ notice: Notice, at now: Int64, _ database: Database) throws -> Posting {
        let earlier = try Row.fetchOne(
            database, sql: "SELECT id, first, last, count FROM notice WHERE kind = ? AND subject = ? ORDER BY last DESC LIMIT 1",
            arguments: [notice.kind.rawValue, notice.subject])
        guard let earlier else {
            try insert(notice, NoticeID.random().rawValue, first: now, now, count: 1, database)
            return .new
        }
        if notice.kind.isToldOnce { return .known }
        let (id, first, last, count): (String, Int64, Int64, Int64) =
            (earlier["id"], earlier["first"], earlier["last"], earlier["count"])
        guard now - last < collapsing else {
            try insert(notice, NoticeID.random().rawValue, first: now, now, count: 1, database)
            return .new
        }
        // To the top again, and unread: a person who has read of it does not know that it goes on.
        try database.execute(sql: "DELETE FROM notice WHERE id = ?", arguments: [id])
        try insert(notice, id, first: first, now, count: count + 1, database)
        return .again
    }

    /// For one person. Each time is told anew: whoever takes an account over must not hide behind what its owner did just before.
    static func post(_ notice: Notice, to person: PersonID, at now: Int64, _ database: Database) throws {
        try insert(notice, NoticeID.random().rawValue, to: person, first: now, now, count: 1, database)
    }

    /// What a person who may see these kinds finds.
    static func page(
        of person: PersonID, _ kinds: [NoticeKind], before cursor: Int64?, limit: Int, onlyUnread: Bool, _ database: Database
    ) throws -> InboxPage {
        let seen = """
            sequence <= coalesce((SELECT sequence FROM noticeMark WHERE person = :person), 0)
            OR EXISTS (SELECT 1 FROM noticeRead WHERE person = :person AND notice = notice.id)
            """
        // Their names are the program's own words.
        let among = "kind IN (\(kinds.map { "'\($0.rawValue)'" }.joined(separator: ", "))) AND (person IS NULL OR person = :person)"
        let arguments: StatementArguments = ["person": person.rawValue, "cursor": cursor ?? .max, "limit": limit + 1]
        let entries = try Row.fetchAll(
            database,
            sql: """
                SELECT *, (\(seen)) AS isRead FROM notice
                WHERE \(among) AND sequence < :cursor \(onlyUnread ? "AND NOT (\(seen))" : "")
                ORDER BY sequence DESC LIMIT :limit
                """, arguments: arguments
        ).map { try InboxEntry($0) }
        let unread = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM notice WHERE \(among) AND NOT (\(seen))",
            arguments: ["person": person.rawValue])
        let page = Array(entries.prefix(limit))
        return InboxPage(entries: page, unread: unread ?? 0, next: entries.count > limit ? page.last?.sequence : nil)
    }

    /// Marks one as read, or all that there are. Throws `notFound` for one that is not there, or not for this person.
    static func markRead(_ id: NoticeID?, by person: PersonID, _ kinds: [NoticeKind], _ database: Database) throws {
        guard let id else {
            try database.execute(sql: "DELETE FROM noticeRead WHERE person = ?", arguments: [person.rawValue])
            try database.execute(
                sql: """
                    INSERT INTO noticeMark (person, sequence) SELECT ?, coalesce(max(sequence), 0) FROM notice WHERE true
                    ON CONFLICT (person) DO UPDATE SET sequence = excluded.sequence
                    """, arguments: [person.rawValue])
            return
        }
        let kind = try String.fetchOne(
            database, sql: "SELECT kind FROM notice WHERE id = ? AND (person IS NULL OR person = ?)", arguments: [id.rawValue, person.rawValue])
        guard let kind, kinds.contains(where: { $0.rawValue == kind }) else {
            throw Problem(.notFound, "notice not found: \(id)", hint: "older ones are removed after 90 days")
        }
        try database.execute(
            sql: "INSERT OR IGNORE INTO noticeRead (person, notice) VALUES (?, ?)", arguments: [person.rawValue, id.rawValue])
    }

    private static func insert(
        _ notice: Notice, _ id: String, to person: PersonID? = nil, first: Int64, _ now: Int64, count: Int64, _ database: Database
    ) throws {
        try database.execute(
            sql: "INSERT INTO notice (id, kind, subject, text, first, last, count, person) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [id, notice.kind.rawValue, notice.subject, notice.text, first, now, count, person?.rawValue])
        try database.execute(
            sql: """
                DELETE FROM notice WHERE last < ? OR person IS ? AND sequence <= (
                    SELECT sequence FROM notice WHERE person IS ? ORDER BY sequence DESC LIMIT 1 OFFSET ?)
                """, arguments: [now - longestKept, person?.rawValue, person?.rawValue, person == nil ? mostNotices : mostOfOne])
    }
}
