import GRDB
package import Model
package import Store

extension People {
    /// Sessions that a list shows at most: those used last.
    package static let mostListed = 1000

    /// The session that a text opens, with its person as the person is now; nil for one that is unknown, over, or of a
    /// person who has another role, another password, or is gone.
    package func session(_ text: String) async throws(Problem) -> OpenSession? {
        guard let text = AccessText(text, for: .session) else { return nil }
        let (digest, now) = (text.digest, now())
        let found = try await store.readRegistry { database in
            try Row.fetchOne(database, sql: "SELECT * FROM session WHERE digest = ?", arguments: [digest]).map { try Session($0) }
        }
        guard let session = found, session.isOpen(at: now) else { return nil }
        let person: Person
        do throws(Problem) {
            person = try await home(session.tenant).person(session.person)
        } catch where error.code == .notFound || error.code == .conflict {
            return nil
        }
        guard person.isActive, person.generation == session.generation else { return nil }
        if now - session.lastUsed >= 60_000 {
            try await store.writeRegistry { database in
                try database.execute(sql: "UPDATE session SET lastUsed = ? WHERE digest = ?", arguments: [now, digest])
            }
        }
        return OpenSession(text: text, session: session, person: person)
    }

    /// Those that are open, the one used last first; of one person where one is named.
    package func sessions(in tenant: TenantID?, of person: PersonID? = nil) async throws(Problem) -> [Session] {
        let now = now()
        if let tenant { _ = try await store.tenant(tenant) }
        return try await store.readRegistry { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM session WHERE tenant IS ? AND (? IS NULL OR person = ?) AND expires > ? AND lastUsed > ?
                    ORDER BY lastUsed DESC, id LIMIT ?
                    """,
                arguments: [
                    tenant?.rawValue, person?.rawValue, person?.rawValue, now, now - Session.idleLife, Self.mostListed,
                ]
            ).map { try Session($0) }
        }
    }

    /// Those that are open, by person, as many as `limit`; those behind `cursor`, which is `next` of the page before. Throws
    /// `invalidInput` for any other text.
    package func sessions(
        in tenant: TenantID?, of person: PersonID? = nil, after cursor: String?, limit: Int
    ) async throws(Problem) -> KeysetPage<Session> {
        var last = (person: "", id: "")
        if let cursor {
            let parts = cursor.split(separator: ".", maxSplits: 1).map(String.init)
            guard parts.count == 2, PersonID(rawValue: parts[0]) != nil, SessionID(rawValue: parts[1]) != nil else {
                throw .notACursor
            }
            last = (parts[0], parts[1])
        }
        let (now, behind) = (now(), last)
        if let tenant { _ = try await store.tenant(tenant) }
        let found = try await store.readRegistry { database in
            try Row.fetchAll(
                database,
                // When one was used last changes while somebody turns pages; whose it is does not.
                sql: """
                    SELECT * FROM session
                    WHERE tenant IS ? AND (? IS NULL OR person = ?) AND expires > ? AND lastUsed > ? AND (person, id) > (?, ?)
                    ORDER BY person, id LIMIT ?
                    """,
                arguments: [
                    tenant?.rawValue, person?.rawValue, person?.rawValue, now, now - Session.idleLife, behind.person, behind.id,
                    KeysetPage<Session>.reads(limit),
                ]
            ).map { try Session($0) }
        }
        return KeysetPage(found, limit: limit) { "\($0.person).\($0.id)" }
    }

    /// One that is open; only one of the named person's where there is one.
    package func session(_ id: SessionID, in tenant: TenantID?, of person: PersonID? = nil) async throws(Problem) -> Session {
        let now = now()
        if let tenant { _ = try await store.tenant(tenant) }
        let found = try await store.readRegistry { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM session WHERE id = ? AND tenant IS ? AND (? IS NULL OR person = ?)",
                arguments: [id.rawValue, tenant?.rawValue, person?.rawValue, person?.rawValue]
            ).map { try Session($0) }
        }
        guard let found, found.isOpen(at: now) else { throw Self.unknown(id) }
        return found
    }

    private static func unknown(_ id: SessionID) -> Problem {
        Problem(.notFound, "session not found: \(id)", hint: "cloister session list shows those that are open")
    }

    /// The session opens nothing any more when this returns. Only one of the named person's where there is one.
    package func revoke(_ id: SessionID, in tenant: TenantID?, of person: PersonID? = nil) async throws(Problem) -> Session {
        try await store.writeRegistry { database in
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM session WHERE id = ? AND tenant IS ? AND (? IS NULL OR person = ?)",
                arguments: [id.rawValue, tenant?.rawValue, person?.rawValue, person?.rawValue])
            guard let row else { throw Self.unknown(id) }
            try database.execute(sql: "DELETE FROM session WHERE id = ?", arguments: [id.rawValue])
            return try Session(row)
        }
    }

    /// Opens a session: always a new one, whatever the visitor brought. With `alone`, the person's others end.
    func open(for person: Person, _ visitor: Visitor, alone: Bool = false) async throws(Problem) -> OpenSession {
        guard person.isActive else { throw Problem(.permissionDenied, "\(person.id) is not active", hint: "an owner can change that") }
        let (text, now) = (AccessText.random(for: .session), now())
        let session = Session(
            id: .random(), tenant: person.tenant, person: person.id, created: now, lastUsed: now, expires: now + Session.life,
            address: visitor.address, agent: visitor.agent, generation: person.generation)
        try await store.writeRegistry { database in
            try database.execute(
                sql: "DELETE FROM session WHERE expires <= ? OR lastUsed <= ?", arguments: [now, now - Session.idleLife])
            try database.execute(
                sql: """
                    DELETE FROM session WHERE id IN (
                        SELECT id FROM session WHERE tenant IS ? AND person = ? ORDER BY lastUsed DESC, id LIMIT -1 OFFSET ?)
                    """,
                arguments: [person.tenant?.rawValue, person.id.rawValue, alone ? 0 : Session.mostOfOne - 1])
            try session.insert(digest: text.digest, into: database)
        }
        return OpenSession(text: text, session: session, person: person)
    }
}
