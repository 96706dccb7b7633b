import GRDB
import Model
import Store

/// Appends to one log.
actor AuditWriter {
    struct Draft: Sendable {
        var kind: AuditEntry.Kind
        var attempt: AuditAttempt
        var outcome = ""
        var count: Int64 = 1
        var intent: Int64?
    }

    private let books: AuditBooks
    private let place: AuditPlace
    private var isSettled = false
    private var settling: Task<Result<Void, Problem>, Never>?

    init(_ books: AuditBooks, _ place: AuditPlace) {
        self.books = books
        self.place = place
    }

    /// The entry is on disk when this returns its place.
    func append(_ draft: Draft) async throws(Problem) -> Int64 {
        try await settle()
        return try await books.write(place) { database in
            var head = try AuditSchema.next(database)
            return try Self.append(draft, behind: &head, in: database)
        }
    }

    /// Makes a change in the transaction in which it is written down: an intent, and that it is done.
    func make<Value: Sendable>(
        _ attempt: AuditAttempt, _ change: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value {
        try await settle()
        return try await books.write(place) { database in
            let value = try change(database)
            try Self.append(attempt, AuditEntry.done, in: database)
            return value
        }
    }

    /// Writes down a change that was not made, and why.
    func note(_ attempt: AuditAttempt, _ outcome: String) async throws(Problem) {
        try await settle()
        try await books.write(place) { try Self.append(attempt, outcome, in: $0) }
    }

    private static func append(_ attempt: AuditAttempt, _ outcome: String, in database: Database) throws {
        var head = try AuditSchema.next(database)
        let intent = try append(Draft(kind: .intent, attempt: attempt), behind: &head, in: database)
        _ = try append(Draft(kind: .outcome, attempt: attempt, outcome: outcome, intent: intent), behind: &head, in: database)
    }

    /// Ends what an earlier daemon began and did not live to see the end of. Before the first entry of this one: what that one
    /// begins would count as interrupted.
    func settle() async throws(Problem) {
        guard !isSettled else { return }
        let task = settling ?? Task { await endInterrupted() }
        settling = task
        try await task.value.get()
    }

    private func endInterrupted() async -> Result<Void, Problem> {
        defer { settling = nil }
        do throws(Problem) {
            try await books.write(place) { database in
                let drafts = try Self.interrupted(database)
                var head = try AuditSchema.next(database)
                for draft in drafts { _ = try Self.append(draft, behind: &head, in: database) }
            }
            isSettled = true
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    private static func append(
        _ draft: Draft, behind head: inout (sequence: Int64, digest: [UInt8]), in database: Database
    ) throws -> Int64 {
        let entry = AuditEntry(
            head.sequence + 1, Moment.now, draft.kind, draft.attempt, outcome: draft.outcome, count: draft.count,
            intent: draft.intent, previous: head.digest)
        try entry.insert(into: database)
        if entry.kind == .intent { try database.run("INSERT INTO auditOpen VALUES (?)", [entry.sequence]) }
        if let intent = entry.intent { try database.run("DELETE FROM auditOpen WHERE sequence = ?", [intent]) }
        head = (entry.sequence, entry.digest)
        return entry.sequence
    }

    private static func interrupted(_ database: Database) throws -> [Draft] {
        let open = try Int64.fetchAll(database, sql: "SELECT sequence FROM auditOpen ORDER BY sequence")
        return try open.compactMap { sequence in
            let row = try Row.fetchOne(database, sql: "SELECT * FROM audit WHERE sequence = ?", arguments: [sequence])
            guard let entry = row.flatMap({ AuditEntry($0) }) else {
                try database.execute(sql: "DELETE FROM auditOpen WHERE sequence = ?", arguments: [sequence])
                return nil
            }
            return Draft(kind: .outcome, attempt: entry.attempt, outcome: AuditEntry.interrupted, intent: sequence)
        }
    }
}

/// The databases that logs are in.
struct AuditBooks: Sendable {
    let store: Store

    func read<Value: Sendable>(
        _ place: AuditPlace, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value {
        guard let tenant = place.tenant else { return try await store.readRegistry(body) }
        return try await store.tenant(tenant).read(body)
    }

    /// Whether or not the task is cancelled: what was done is written down all the same.
    func write<Value: Sendable>(
        _ place: AuditPlace, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value {
        guard let tenant = place.tenant else { return try await store.writeRegistry(cancellable: false, body) }
        return try await store.tenant(tenant).write(cancellable: false, body)
    }
}
