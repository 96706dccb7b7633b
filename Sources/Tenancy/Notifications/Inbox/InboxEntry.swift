import GRDB
package import Model

/// A notice as one person sees it.
package struct InboxEntry: Sendable, Hashable {
    package let id: NoticeID
    /// A newer one is greater.
    package let sequence: Int64
    package let kind: NoticeKind
    package let subject: String
    package let text: String
    /// In milliseconds since 1970 (UTC): the first time, and the last.
    package let first: Int64
    package let last: Int64
    /// How often, where the same happened again soon.
    package let count: Int64
    package let isRead: Bool

    init(_ row: Row) throws(Problem) {
        guard let id = NoticeID(rawValue: row["id"]), let kind = NoticeKind(rawValue: row["kind"]) else {
            throw Problem(.internalFault, "the database holds a notice that none can be", hint: "restore it from a backup")
        }
        self.id = id
        self.kind = kind
        sequence = row["sequence"]
        subject = row["subject"]
        text = row["text"]
        first = row["first"]
        last = row["last"]
        count = row["count"]
        isRead = row["isRead"]
    }
}

/// A page of a person's inbox, the newest first.
package struct InboxPage: Sendable {
    package let entries: [InboxEntry]
    /// Of all, on whatever page.
    package let unread: Int
    /// Behind which the next page begins; nil on the last one.
    package let next: Int64?
}
