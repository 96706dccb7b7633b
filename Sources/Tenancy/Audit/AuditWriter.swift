import GRDB
import Model
import Store

/// Appends to one log. Whatever comes while a transaction is on its way goes into the next one together.
actor AuditWriter {
    struct Draft: Sendable {
        var kind: AuditEntry.Kind
        var attempt: AuditAttempt
        var outcome = ""
        var count: Int64 = 1
        var intent: Int64?
    }

    private struct Waiting {
        /// Nil for who only waits until what was open has ended.
        let draft: Draft?
        let continuation: CheckedContinuation<Result<Int64, Problem>, Never>
    }

    private let books: AuditBooks
    private let place: AuditPlace
    private var waiting: [Waiting] = []
    private var isWriting = false
    private var isSettled = false

    init(_ books: AuditBooks, _ place: AuditPlace) {
        self.books = books
        self.place = place
    }

    /// The entry is on disk when this returns its place.
    func append(_ draft: Draft) async throws(Problem) -> Int64 { try await enqueue(draft) }

    private func enqueue(_ draft: Draft?) async throws(Problem) -> Int64 {
        let outcome = await withCheckedContinuation { continuation in
            waiting.append(Waiting(draft: draft, continuation: continuation))
            guard !isWriting else { return }
            isWriting = true
            // Of its own: who waits may be cancelled, and what others wait for must not be.
            Task { await writeAll() }
        }
        return try outcome.get()
    }

    /// Ends what an earlier daemon began and did not live to see the end of.
    func settle() async throws(Problem) {
        guard !isSettled else { return }
        // In the queue: beside a transaction that is on its way, what that one begins would count as interrupted.
        _ = try await enqueue(nil)
    }

    private func writeAll() async {
        while !waiting.isEmpty {
            let batch = waiting
            waiting = []
            do throws(Problem) {
                var places = try await write(batch.compactMap(\.draft)).makeIterator()
                for entry in batch {
                    entry.continuation.resume(returning: .success(entry.draft == nil ? 0 : places.next() ?? 0))
                }
            } catch {
                for entry in batch { entry.continuation.resume(returning: .failure(error)) }
            }
        }
        isWriting = false
    }

    private func write(_ drafts: [Draft]) async throws(Problem) -> [Int64] {
        let settles = !isSettled
        let places = try await books.write(place) { database in
            try AuditSchema.prepare(database)
            var head = try AuditSchema.head(database)
            func append(_ draft: Draft) throws -> Int64 {
                let entry = AuditEntry(
                    head.sequence + 1, Moment.now, draft.kind, draft.attempt, outcome: draft.outcome, count: draft.count,
                    intent: draft.intent, previous: head.digest)
                try entry.insert(into: database)
                if entry.kind == .intent {
                    try database.execute(sql: "INSERT INTO auditOpen VALUES (?)", arguments: [entry.sequence])
                }
                if let intent = entry.intent {
                    try database.execute(sql: "DELETE FROM auditOpen WHERE sequence = ?", arguments: [intent])
                }
                head = (entry.sequence, entry.digest)
                return entry.sequence
            }
            if settles {
                for draft in try Self.interrupted(database) { _ = try append(draft) }
            }
            return try drafts.map(append)
        }
        isSettled = true
        return places
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

    func write<Value: Sendable>(
        _ place: AuditPlace, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Problem) -> Value {
        guard let tenant = place.tenant else { return try await store.writeRegistry(body) }
        return try await store.tenant(tenant).write(body)
    }
}
