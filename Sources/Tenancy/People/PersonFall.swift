import GRDB
import Model
package import Store

/// A person lost a role, or is gone: what that closes in the registry.
struct PersonFall: Sendable {
    static let kind = "person-fell"

    private let tenant: TenantID?
    private let maker: String
    private let id: String
    private let email: String
    /// What a key that the person made may still open; nil where keys stay as they are.
    private let scopes: Set<Scope>?

    init(_ person: Person, keysWithin scopes: Set<Scope>?) {
        (tenant, maker, id, email) = (person.tenant, person.principal.description, person.id.rawValue, person.email.text)
        self.scopes = scopes
    }

    var json: JSONValue {
        [
            "person": .string(id), "maker": .string(maker), "email": .string(email),
            "scopes": scopes.map { .array($0.sorted().map { .string($0.rawValue) }) } ?? .null,
        ]
    }

    private init(_ tenant: TenantID, _ content: JSONValue) throws(Problem) {
        var members = try JSONObjectReader(content)
        self.tenant = tenant
        id = try members.string("person")
        maker = try members.string("maker")
        email = try members.string("email")
        scopes = members.take("scopes")?.array.map { Set($0.compactMap { $0.string.flatMap(Scope.init(rawValue:)) }) }
    }

    static func read(_ registry: Database, _ tenant: TenantID, _ content: JSONValue) throws {
        try PersonFall(tenant, content).close(in: registry)
    }

    /// Ends the person's sessions, withdraws invitations that the person made or received, and revokes the keys that the
    /// person made and that open too much: they would give the old role back. What those invited to goes with them.
    func close(in registry: Database) throws {
        let tenant = tenant?.rawValue
        try registry.execute(sql: "DELETE FROM session WHERE tenant IS ? AND person = ?", arguments: [tenant, id])
        try registry.execute(
            sql: """
                DELETE FROM invitation
                WHERE (createdBy = ? AND (? IS NULL OR tenant IS ?)) OR (tenant IS ? AND email = ?)
                """, arguments: [maker, tenant, tenant, tenant, email])
        guard let scopes else { return }
        let rows = try Row.fetchAll(
            registry, sql: "SELECT * FROM apiKey WHERE createdBy = ? AND (? IS NULL OR tenant IS ?)", arguments: [maker, tenant, tenant])
        for key in try rows.map({ try KeyRecord($0) }) where !key.scopes.isSubset(of: scopes) {
            try registry.execute(sql: "DELETE FROM apiKey WHERE id = ?", arguments: [key.id.rawValue])
            try registry.execute(sql: "DELETE FROM invitation WHERE createdBy = ?", arguments: [key.principal.description])
        }
    }
}

extension People {
    /// What becomes in the registry of what was posted in a tenant's database.
    package static let outboxReaders: [String: Outbox.Reader] = [PersonFall.kind: PersonFall.read]

    /// Changes persons, and closes in the registry what their fall closes.
    func change(
        _ tenant: TenantID?, _ body: @escaping @Sendable (Database) throws -> (Person, PersonFall?)
    ) async throws(Problem) -> Person {
        switch try await home(tenant) {
        case .platform(let store):
            // One database, one transaction.
            try await store.writeRegistry { database in
                let (person, fall) = try body(database)
                try fall?.close(in: database)
                return person
            }
        case .tenant(let store):
            try await outbox.change(store) { database in
                let (person, fall) = try body(database)
                if let fall { try Outbox.post(PersonFall.kind, fall.json, in: database) }
                return person
            }
        }
    }
}
