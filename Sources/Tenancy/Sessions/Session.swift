import GRDB
package import Model

/// What the daemon keeps of a session: everything but the text that opens it.
package struct Session: Sendable, Hashable {
    package let id: SessionID
    package let tenant: TenantID?
    package let person: PersonID
    /// In milliseconds since 1970 (UTC), as are the others.
    package let created: Int64
    /// Exact to a minute.
    package let lastUsed: Int64
    package let expires: Int64
    /// Where it was opened, and with what.
    package let address: String
    package let agent: String
    let generation: Int64

    /// A session that nobody used for so long is over.
    package static let idleLife: Int64 = 12 * 3_600_000
    /// However much it is used.
    package static let life: Int64 = 7 * 86_400_000
    /// The one that was idle longest makes room for the next.
    static let mostOfOne = 20

    func isOpen(at moment: Int64) -> Bool { moment < expires && moment < lastUsed + Self.idleLife }
}

extension Session {
    init(_ row: Row) throws(Problem) {
        let tenant: String? = row["tenant"]
        guard let id = SessionID(rawValue: row["id"]), let person = PersonID(rawValue: row["person"]),
            tenant == nil || tenant.flatMap(TenantID.init(rawValue:)) != nil
        else {
            throw Problem(.internalFault, "the registry holds a session that none can be", hint: "restore it from a backup")
        }
        self.init(
            id: id, tenant: tenant.flatMap(TenantID.init(rawValue:)), person: person, created: row["created"],
            lastUsed: row["lastUsed"], expires: row["expires"], address: row["address"], agent: row["agent"],
            generation: row["generation"])
    }

    func insert(digest: String, into database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO session (id, tenant, person, generation, digest, created, lastUsed, expires, address, agent)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id.rawValue, tenant?.rawValue, person.rawValue, generation, digest, created, lastUsed, expires, address, agent,
            ])
    }
}

/// A session as its own person has it in hand.
package struct OpenSession: Sendable, Hashable {
    package let text: AccessText
    package let session: Session
    package let person: Person
}

/// Where somebody asks from, as far as it can be known.
package struct Visitor: Sendable, Hashable {
    package let address: String
    package let agent: String

    package init(address: String, agent: String) {
        self.address = address
        self.agent = String(agent.unicodeScalars.filter { !$0.isControl }.prefix(200).map(Character.init))
    }
}
