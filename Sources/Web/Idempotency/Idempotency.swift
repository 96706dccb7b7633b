import GRDB
import Glibc
import HTTPTypes
package import Model
import NIOCore
package import Store

/// Remembers what came of requests that named their attempt, so that a second attempt gets the first one's answer.
package struct Idempotency: Sendable {
    /// What stands against doing something now.
    enum Verdict: Sendable {
        case go
        case replay(Answer)
        case refuse(Refusal)
    }

    /// An attempt: whose, and under which name.
    struct Attempt: Sendable, Hashable {
        let principal: String
        let key: String
    }

    /// How long an answer is kept.
    static let life: Int64 = 24 * 3_600_000
    /// A longer answer is not kept: a second attempt is told that the first was done.
    static let longestAnswer = 1 << 16
    /// Attempts of one principal that are known at a time; where there would be more, the oldest that has ended goes.
    static let attemptLimit = 4096

    package static let steps = [
        MigrationStep("3 idempotency") { database in
            try database.execute(
                sql: """
                    CREATE TABLE attempt (
                        principal TEXT NOT NULL,
                        name TEXT NOT NULL,
                        fingerprint TEXT NOT NULL,
                        state TEXT NOT NULL CHECK (state IN ('running', 'done', 'interrupted')),
                        status INTEGER,
                        headers TEXT,
                        body TEXT,
                        began INTEGER NOT NULL,
                        PRIMARY KEY (principal, name)
                    ) STRICT;
                    CREATE INDEX attemptBegan ON attempt (began);
                    """)
        },
        MigrationStep("3 idempotency by age") { database in
            try database.execute(sql: "CREATE INDEX attemptOfPrincipal ON attempt (principal, began)")
        },
    ]

    private let store: Store

    /// Attempts that the last daemon did not bring to an end stay known as such.
    package init(_ store: Store) async throws(Problem) {
        self.store = store
        try await store.writeRegistry { database in
            try database.execute(sql: "UPDATE attempt SET state = 'interrupted' WHERE state = 'running'")
        }
    }

    /// Notes an attempt, on disk before anything is done, or tells why not to do it.
    func begin(_ attempt: Attempt, fingerprint: String) async throws(Problem) -> Verdict {
        let now = Moment.now
        return try await store.writeRegistry { database in
            try database.execute(sql: "DELETE FROM attempt WHERE began < ?", arguments: [now - Self.life])
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM attempt WHERE principal = ? AND name = ?",
                arguments: [attempt.principal, attempt.key])
            if let row { return Self.verdict(row, fingerprint) }
            try Self.makeRoom(for: attempt.principal, database)
            try database.execute(
                sql: "INSERT INTO attempt (principal, name, fingerprint, state, began) VALUES (?, ?, ?, 'running', ?)",
                arguments: [attempt.principal, attempt.key, fingerprint, now])
            return .go
        }
    }

    /// Keeps the answer. A confidential one is not kept, only that it was given.
    func end(_ attempt: Attempt, _ answer: Answer, isConfidential: Bool) async throws(Problem) {
        var body: String?
        switch answer.content {
        case .none: body = ""
        case .json(let bytes) where bytes.readableBytes <= Self.longestAnswer && !isConfidential: body = String(buffer: bytes)
        case .json, .text, .stream: body = nil
        }
        let kept = body
        var fields: [String: JSONValue] = [:]
        for field in answer.headers { fields[field.name.rawName] = .string(field.value) }
        let headers = JSONValue.object(fields).compactText
        try await store.writeRegistry { database in
            try database.execute(
                sql: "UPDATE attempt SET state = 'done', status = ?, headers = ?, body = ? WHERE principal = ? AND name = ?",
                arguments: [answer.status.code, headers, kept, attempt.principal, attempt.key])
        }
    }

    /// Nothing was done: the name is free again.
    func forget(_ attempt: Attempt) async throws(Problem) {
        try await store.writeRegistry { database in
            try database.execute(
                sql: "DELETE FROM attempt WHERE principal = ? AND name = ?", arguments: [attempt.principal, attempt.key])
        }
    }

    private static func makeRoom(for principal: String, _ database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM attempt WHERE rowid IN (
                    SELECT rowid FROM attempt WHERE principal = ? ORDER BY began DESC, rowid DESC LIMIT -1 OFFSET ?
                ) AND state != 'running'
                """,
            arguments: [principal, attemptLimit - 1])
    }

    private static func verdict(_ row: Row, _ fingerprint: String) -> Verdict {
        guard row["fingerprint"] == fingerprint else {
            return .refuse(
                Refusal(
                    .unprocessableContent, "idempotencyKeyReused", "this Idempotency-Key belongs to another request",
                    hint: "take a new key for a new request"))
        }
        let state: String = row["state"]
        guard state == "done", let status: Int = row["status"] else {
            return .refuse(
                state == "running"
                    ? Refusal(
                        .conflict, "conflict", "the first request with this Idempotency-Key is under way",
                        hint: "ask again when it has ended", headers: [.retryAfter: "1"])
                    : Refusal(
                        .conflict, "conflict", "the first request with this Idempotency-Key was interrupted, and what came of it is not known",
                        hint: "look whether it was done; then take a new key"))
        }
        guard let body: String = row["body"] else {
            return .refuse(
                Refusal(
                    .conflict, "conflict", "the request with this Idempotency-Key was done, and its answer is not kept",
                    hint: "read what it made"))
        }
        var answer = Answer(status: HTTPResponse.Status(code: status))
        let headers = (try? JSONValue.parse(row["headers"] as String? ?? "{}"))?.object ?? [:]
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { answer.headers[name] = value.string }
        }
        answer.headers[.idempotencyReplayed] = "true"
        if !body.isEmpty { answer.content = .json(ByteBuffer(string: body)) }
        return .replay(answer)
    }
}
