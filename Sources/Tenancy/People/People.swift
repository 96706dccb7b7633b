import GRDB
package import Model
package import Store

/// The persons of all tenants and of the platform: who is invited, who logs in, whose sessions are open.
///
/// Persons live in the database of their tenant and go where it goes. What opens doors (invitations, sessions) lives in
/// the registry: a backup that is restored brings back no session that was ended since.
package final class People: Sendable {
    /// Persons of one tenant, and open invitations to it.
    package static let mostPersons = 10_000
    static let mostInvitations = 1000

    let store: Store
    let outbox: Outbox
    let hashing: PasswordHashing
    let sealing: any Sealing
    let addresses = AddressLimit()
    /// Wishes to set another password: kept apart, so that neither stands in the way of the other.
    let recoveries = AddressLimit()
    /// Milliseconds since 1970.
    let now: @Sendable () -> Int64

    package init(
        _ store: Store, _ outbox: Outbox, sealing: any Sealing, cost: PasswordCost = .ordinary, now: @escaping @Sendable () -> Int64 = { Moment.now }
    ) {
        self.store = store
        self.outbox = outbox
        self.sealing = sealing
        self.now = now
        hashing = PasswordHashing(cost)
    }

    /// By e-mail address.
    package func list(in tenant: TenantID?) async throws(Problem) -> [Person] { try await page(in: tenant, limit: nil).elements }

    /// By e-mail address, as many as `limit`; those behind `cursor`, which is `next` of the page before. Throws `invalidInput`
    /// for any other text.
    package func page(
        in tenant: TenantID?, after cursor: String? = nil, limit: Int?
    ) async throws(Problem) -> KeysetPage<Person> {
        if let cursor, (try? EmailAddress(cursor))?.text != cursor { throw .notACursor }
        let found = try await home(tenant).read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM person WHERE email > ? ORDER BY email LIMIT ?",
                // No address is empty.
                arguments: [cursor ?? "", KeysetPage<Person>.reads(limit)]
            ).map { try Person($0, in: tenant) }
        }
        return KeysetPage(found, limit: limit) { $0.email.text }
    }

    package func person(_ id: PersonID, in tenant: TenantID?) async throws(Problem) -> Person {
        try await home(tenant).person(id)
    }

    /// Gives a person another role. It ends the sessions of the person, withdraws the invitations that the person made, and
    /// revokes the keys that the person made and that open more than the new role does.
    package func setRole(
        of id: PersonID, in tenant: TenantID?, to name: String, by principal: Principal
    ) async throws(Problem) -> Person {
        let (role, now) = (try Role(name, in: tenant), now())
        return try await change(tenant) { database in
            let person = try Person.find(id, in: tenant, database)
            try principal.checkDelegation(of: person.role, in: tenant)
            try principal.checkDelegation(of: role, in: tenant)
            guard person.role != role else { return (person, nil) }
            try Self.checkOwnerRemains(without: person, database)
            try database.execute(
                sql: "UPDATE person SET role = ?, generation = ?, changed = ? WHERE id = ?",
                arguments: [role.rawValue, Person.newGeneration(), now, id.rawValue])
            return (try Person.find(id, in: tenant, database), PersonFall(person, keysWithin: role.scopes))
        }
    }

    /// Removes a person with the person's sessions and invitations. Keys that the person made stay, as they are the
    /// tenant's, unless they are to go, too.
    package func remove(
        _ id: PersonID, from tenant: TenantID?, revokingKeys: Bool = false, by principal: Principal
    ) async throws(Problem) -> Person {
        try await change(tenant) { database in
            let person = try Self.removable(id, from: tenant, by: principal, database)
            try database.execute(sql: "DELETE FROM person WHERE id = ?", arguments: [id.rawValue])
            return (person, PersonFall(person, keysWithin: revokingKeys ? [] : nil))
        }
    }

    func home(_ tenant: TenantID?) async throws(Problem) -> Home {
        guard let tenant else { return .platform(store) }
        return .tenant(try await store.tenant(tenant))
    }

    private static func removable(
        _ id: PersonID, from tenant: TenantID?, by principal: Principal, _ database: Database
    ) throws -> Person {
        let person = try Person.find(id, in: tenant, database)
        try principal.checkDelegation(of: person.role, in: tenant)
        try checkOwnerRemains(without: person, database)
        return person
    }

    static func checkOwnerRemains(without person: Person, _ database: Database) throws {
        guard person.role.isOwner else { return }
        let others = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM person WHERE role = ? AND id <> ? AND active",
            arguments: [person.role.rawValue, person.id.rawValue])
        guard others == 0 else { return }
        throw Problem(
            .conflict, "\(person.id) is the last \(person.role.rawValue) of \(person.tenant.map { "tenant \($0)" } ?? "the platform")",
            hint: "make another one first")
    }
}
