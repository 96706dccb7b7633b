package import GRDB
package import Model

/// Changes that begin in a tenant's database and end in the registry.
///
/// Two files have no transaction in common. So whoever changes the tenant's database posts a message in the same
/// transaction; the registry takes it in one of its own, together with a note that it has; then the message goes. Each
/// message is carried out once, in the order of posting, whenever the daemon is killed: what is left is delivered at the
/// next start, before anybody asks.
package actor Outbox {
    /// Carries out a message in the registry. What it throws keeps the message where it is.
    package typealias Reader = @Sendable (Database, TenantID, _ content: JSONValue) throws -> Void

    /// Messages in one transaction.
    static let most = 100

    private let store: Store
    private let readers: [String: Reader]
    private var last: Task<Void, Never>?

    /// The readers by the kind of message.
    package init(_ store: Store, readers: [String: Reader]) {
        self.store = store
        self.readers = readers
    }

    /// Posts a message, as a part of a change that `change` was given.
    package static func post(_ kind: String, _ content: JSONValue, in database: Database) throws {
        let id = String(UInt64.random(in: .min ... .max), radix: 16) + String(UInt64.random(in: .min ... .max), radix: 16)
        try database.execute(
            sql: "INSERT INTO outbox (id, kind, content) VALUES (?, ?, ?)", arguments: [id, kind, content.compactText])
    }

    /// Takes all messages out of a database that is about to be another tenant's: they were about the one it was of.
    package static func clear(_ database: Database) throws { try database.execute(sql: "DELETE FROM outbox") }

    /// Changes a tenant's database, and carries out what the change posts. When it throws after the change itself was made,
    /// the messages are delivered with the next ones, or at the next start.
    package nonisolated func change<Value: Sendable>(
        _ tenant: TenantStore, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value {
        try await note(tenant.id)
        let value = try await tenant.write(body)
        try await deliver(tenant)
        return value
    }

    /// Delivers what an earlier daemon was kept from delivering. To be called at start. A tenant whose database cannot be
    /// read keeps its messages, and holds up no other: why, by tenant.
    package nonisolated func deliverLeft() async throws(Problem) -> [TenantID: Problem] {
        let names = try await store.readRegistry { try String.fetchAll($0, sql: "SELECT tenant FROM outboxPending") }
        var left: [TenantID: Problem] = [:]
        for name in names {
            guard let id = TenantID(rawValue: name), try await store.record(of: id).state == .active else { continue }
            do throws(Problem) { try await deliver(try await store.tenant(id)) } catch { left[id] = error }
        }
        return left
    }

    /// One after the other: who read a message that another has taken meanwhile would carry it out again.
    private func deliver(_ tenant: TenantStore) async throws(Problem) {
        let (store, readers, before) = (store, readers, last)
        let task = Task { () -> Result<Void, Problem> in
            await before?.value
            do throws(Problem) {
                while try await Self.deliverSome(of: tenant, in: store, readers) {}
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        last = Task { _ = await task.value }
        try await task.value.get()
    }

    private static func deliverSome(
        of tenant: TenantStore, in store: Store, _ readers: [String: Reader]
    ) async throws(Problem) -> Bool {
        let messages = try await tenant.read { try Message.all(in: $0) }
        guard !messages.isEmpty else {
            try await store.writeRegistry { database in
                try database.execute(sql: "DELETE FROM outboxPending WHERE tenant = ?", arguments: [tenant.id.rawValue])
                try database.execute(sql: "DELETE FROM outboxTaken WHERE tenant = ?", arguments: [tenant.id.rawValue])
            }
            return false
        }
        try await store.writeRegistry { try take(messages, of: tenant.id, readers, in: $0) }
        try await tenant.write { database in
            for message in messages { try database.execute(sql: "DELETE FROM outbox WHERE id = ?", arguments: [message.id]) }
        }
        return true
    }

    /// Says that the tenant may have messages, so that the next start looks.
    nonisolated func note(_ tenant: TenantID) async throws(Problem) {
        try await store.writeRegistry { database in
            try database.execute(sql: "INSERT OR IGNORE INTO outboxPending (tenant) VALUES (?)", arguments: [tenant.rawValue])
        }
    }

    static func take(_ messages: [Message], of tenant: TenantID, _ readers: [String: Reader], in database: Database) throws {
        for message in messages {
            try database.execute(
                sql: "INSERT OR IGNORE INTO outboxTaken (tenant, id) VALUES (?, ?)", arguments: [tenant.rawValue, message.id])
            guard database.changesCount > 0 else { continue }
            guard let reader = readers[message.kind] else {
                throw Problem(
                    .unsupported, "tenant \(tenant) has a message of an unknown kind: \(message.kind)",
                    hint: "a newer version of cloister wrote it: install that version")
            }
            try reader(database, tenant, message.content)
        }
    }

    struct Message: Sendable {
        let id: String
        let kind: String
        let content: JSONValue

        static func all(in database: Database) throws -> [Message] {
            try Row.fetchAll(database, sql: "SELECT id, kind, content FROM outbox ORDER BY number LIMIT ?", arguments: [Outbox.most])
                .map { row in
                    Message(
                        id: row["id"], kind: row["kind"], content: try JSONValue.parse(Array((row["content"] as String).utf8)))
                }
        }
    }
}
