import GRDB
package import Model
import Store

/// What a workflow has to say to people of its tenant.
package struct PeopleMessage: Sendable, Hashable {
    /// Persons by their e-mail addresses, and roles.
    package let recipients: [String]
    /// One line; control characters are left out, and what is longer than `titleLimit` is cut.
    package let title: String
    package let text: String
    /// Twice with the same key is once.
    package let key: String

    package static let titleLimit = 200
    /// Bytes.
    package static let textLimit = 16 << 10

    /// Throws `invalidInput` for a message without a title or a text, or one that is too long.
    package init(to recipients: [String], title: String, text: String, key: String) throws(Problem) {
        guard !title.isEmpty, !text.isEmpty else { throw Problem(.invalidInput, "a message without a subject or a text") }
        guard text.utf8.count <= Self.textLimit else {
            throw Problem(
                .invalidInput, "a message of more than \(ByteSize(bytes: Int64(Self.textLimit)))", hint: "keep the rest as a document, and name it")
        }
        self.recipients = recipients
        self.title = String(String.UnicodeScalarView(title.unicodeScalars.prefix(Self.titleLimit).map { $0.isControl ? " " : $0 }))
        self.text = text
        self.key = key
    }
}

extension Notifications {
    /// Mails of workflows to one tenant's people within a day.
    package static let mostMessagesADay = 1000
    /// To whom one message goes at most.
    static let mostRecipients = 100
    /// How long a message is known again.
    static let longestKnown: Int64 = 30 * 86_400_000

    /// Mails a message to people of the tenant, and returns their addresses. When this returns it is on disk, and goes out even
    /// if the daemon is killed; a second time with the same key nothing is sent.
    ///
    /// Throws `notFound` for who is nobody of the tenant: a workflow must not write to strangers. `quotaExceeded` where there
    /// were too many within a day, `retryLater` while too many wait, and `unsupported` where the host sends no mails.
    package func send(_ message: PeopleMessage, of tenant: TenantID) async throws(Problem) -> [String] {
        guard isMailing else {
            throw Problem(.unsupported, "this host sends no mails", hint: "the operator sets `notifications: {mail: …}`")
        }
        let now = now()
        let sent = try await store.tenant(tenant).write { try Self.record(message, of: tenant, at: now, $0) }
        await waiting(tenant)
        return sent
    }

    private static func record(
        _ message: PeopleMessage, of tenant: TenantID, at now: Int64, _ database: Database
    ) throws -> [String] {
        try database.execute(sql: "DELETE FROM message WHERE created < ?", arguments: [now - longestKnown])
        let known = try String.fetchOne(database, sql: "SELECT recipients FROM message WHERE key = ?", arguments: [message.key])
        if let known { return (try JSONValue.parse(known).array ?? []).compactMap(\.string) }
        let recipients = try addresses(message.recipients, in: tenant, database)
        try checkRoom(for: recipients.count, at: now, database)
        for address in recipients {
            try database.execute(
                sql: "INSERT INTO letter (recipient, kind, title, text, created, attempts, due) VALUES (?, 'message', ?, ?, ?, 0, ?)",
                arguments: [address, message.title, message.text, now, now])
        }
        let list = JSONValue.array(recipients.map(JSONValue.string)).compactText
        try database.execute(
            sql: "INSERT INTO message (key, recipients, count, created) VALUES (?, ?, ?, ?)",
            arguments: [message.key, list, recipients.count, now])
        return recipients
    }

    private static func checkRoom(for count: Int, at now: Int64, _ database: Database) throws {
        let today = try Int.fetchOne(
            database, sql: "SELECT ifnull(sum(count), 0) FROM message WHERE created > ?", arguments: [now - 86_400_000])
        guard (today ?? 0) + count <= mostMessagesADay else {
            throw Problem(
                .quotaExceeded, "workflows have sent \(today ?? 0) mails within a day, of \(mostMessagesADay)", hint: "put several things into one message")
        }
        let waiting = try Int.fetchOne(database, sql: "SELECT count(*) FROM letter")
        guard (waiting ?? 0) + count <= Letters.mostWaiting else {
            throw Problem(.retryLater, "\(waiting ?? 0) mails are waiting to be sent", hint: "see the host's mail log", wait: 60)
        }
    }

    /// Those of the tenant's active people who have one of the addresses or roles, each once, in the order of the alphabet.
    private static func addresses(_ names: [String], in tenant: TenantID, _ database: Database) throws -> [String] {
        var found: Set<String> = []
        for name in names {
            if name.contains("@") {
                guard try Bool.fetchOne(
                    database, sql: "SELECT EXISTS (SELECT 1 FROM person WHERE email = ? AND active)", arguments: [name]) == true
                else {
                    throw Problem(
                        .notFound, "no active person has the address \(name.prefix(100))", hint: "messages go to the tenant's own people: invite them first")
                }
                found.insert(name)
            } else {
                let role = try Role(name, in: tenant)
                found.formUnion(
                    try String.fetchAll(
                        database, sql: "SELECT email FROM person WHERE role = ? AND active LIMIT ?", arguments: [role.rawValue, mostRecipients + 1]))
            }
            guard found.count <= mostRecipients else {
                throw Problem(.invalidInput, "a message to more than \(mostRecipients) people", hint: "name fewer")
            }
        }
        guard !found.isEmpty else {
            throw Problem(.notFound, "nobody is \(names.joined(separator: " or "))", hint: "cloister person list shows who is there")
        }
        return found.sorted()
    }
}
