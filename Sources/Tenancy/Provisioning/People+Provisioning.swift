import GRDB
package import Model
import Store

/// What a change by a directory did: the persons who may do less now, and what keys that they made may still open.
package struct ProvisioningOutcome<Subject: Sendable>: Sendable {
    package let subject: Subject
    package let fallen: [(person: Person, scopes: Set<Scope>)]

    package init(subject: Subject, fallen: [(person: Person, scopes: Set<Scope>)] = []) {
        self.subject = subject
        self.fallen = fallen
    }
}

/// Persons that a tenant's directory looks after (SCIM, RFC 7644).
extension People {
    /// Those of a selection in the order in which they came, and how many there are beside those of this page.
    package func provisioned(
        in tenant: TenantID, _ selection: PersonSelection, offset: Int = 0, limit: Int = mostPersons
    ) async throws(Problem) -> (total: Int, page: [ProvisionedPerson]) {
        let (sql, argument) = selection.condition
        return try await store.tenant(tenant).read { database in
            let arguments = StatementArguments(argument.map { [$0] } ?? [])
            let total = try Int.fetchOne(database, sql: "SELECT count(*) FROM person WHERE \(sql)", arguments: arguments) ?? 0
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM person WHERE \(sql) ORDER BY created, id LIMIT ? OFFSET ?",
                arguments: arguments + [limit, offset])
            let groups = try PersonGroup.references(of: rows.count == 1 ? rows[0]["id"] : nil, database)
            return (total, try rows.map { try ProvisionedPerson($0, in: tenant, groups: groups[$0["id"]] ?? []) })
        }
    }

    package func provisioned(_ id: PersonID, in tenant: TenantID) async throws(Problem) -> ProvisionedPerson {
        try await store.tenant(tenant).read { database in try ProvisionedPerson.find(id, in: tenant, database) }
    }

    /// Makes a member of whom a directory names. There is no password until the person sets one: nobody logs in with none.
    package func provision(
        _ id: PersonID, _ profile: PersonProfile, in tenant: TenantID
    ) async throws(Problem) -> ProvisionedPerson {
        try profile.check()
        let now = now()
        return try await store.tenant(tenant).write { database in
            try Self.checkFree(profile, for: id, database)
            let others = try Int.fetchOne(database, sql: "SELECT count(*) FROM person")
            guard others ?? 0 < Self.mostPersons else {
                throw Problem(.quotaExceeded, "there are \(Self.mostPersons) persons", hint: "remove some")
            }
            try database.execute(
                sql: """
                    INSERT INTO person (id, email, name, role, created, generation, password) VALUES (?, ?, ?, ?, ?, ?, '')
                    """,
                arguments: [
                    id.rawValue, profile.email.text, profile.name, Role.member.rawValue, now, Person.newGeneration(),
                ])
            try Self.write(profile, of: id, changed: now, database)
            return try ProvisionedPerson.find(id, in: tenant, database)
        }
    }

    /// Puts what a directory says now in the place of what it said. Who is active no more is out at once: sessions, keys
    /// and invitations of the person end.
    package func revise(
        _ id: PersonID, _ profile: PersonProfile, in tenant: TenantID, by principal: Principal
    ) async throws(Problem) -> ProvisioningOutcome<ProvisionedPerson> {
        try profile.check()
        let now = now()
        return try await outbox.change(try await store.tenant(tenant)) { database in
            let before = try Person.find(id, in: tenant, database)
            try principal.checkProvisioning(of: before)
            try Self.checkFree(profile, for: id, database)
            var fallen: [(person: Person, scopes: Set<Scope>)] = []
            let isOut = before.isActive && !profile.isActive
            if isOut || before.email != profile.email {
                // A way to another password that was mailed to the old address leads nowhere any more.
                try database.execute(
                    sql: "UPDATE person SET generation = ? WHERE id = ?", arguments: [Person.newGeneration(), id.rawValue])
            }
            if isOut {
                try Self.checkOwnerRemains(without: before, database)
                fallen.append((before, []))
            }
            try Self.write(profile, of: id, changed: now, database)
            try Self.post(fallen, in: database)
            return ProvisioningOutcome(subject: try ProvisionedPerson.find(id, in: tenant, database), fallen: fallen)
        }
    }

    /// Removes a person with everything that the person could still open.
    package func deprovision(
        _ id: PersonID, in tenant: TenantID, by principal: Principal
    ) async throws(Problem) -> ProvisioningOutcome<Person> {
        try await outbox.change(try await store.tenant(tenant)) { database in
            let person = try Person.find(id, in: tenant, database)
            try principal.checkProvisioning(of: person)
            try Self.checkOwnerRemains(without: person, database)
            try database.execute(sql: "DELETE FROM person WHERE id = ?", arguments: [id.rawValue])
            let fallen: [(person: Person, scopes: Set<Scope>)] = [(person, [])]
            try Self.post(fallen, in: database)
            return ProvisioningOutcome(subject: person, fallen: fallen)
        }
    }

    static func post(_ fallen: [(person: Person, scopes: Set<Scope>)], in database: Database) throws {
        for (person, scopes) in fallen {
            try Outbox.post(PersonFall.kind, PersonFall(person, keysWithin: scopes).json, in: database)
        }
    }

    private static func write(_ profile: PersonProfile, of id: PersonID, changed: Int64, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE person SET email = ?, name = ?, active = ?, changed = ?, userName = ?, externalId = ?, displayName = ?,
                    formattedName = ?, givenName = ?, familyName = ? WHERE id = ?
                """,
            arguments: [
                profile.email.text, profile.name, profile.isActive, changed, profile.userName, profile.externalID,
                profile.displayName, profile.formattedName, profile.givenName, profile.familyName, id.rawValue,
            ])
    }

    private static func checkFree(_ profile: PersonProfile, for id: PersonID, _ database: Database) throws {
        for (what, selection) in [
            ("userName", PersonSelection.userName(profile.userName)), ("e-mail address", .email(profile.email.text)),
        ] {
            let (sql, argument) = selection.condition
            let isTaken = try Bool.fetchOne(
                database, sql: "SELECT EXISTS (SELECT 1 FROM person WHERE \(sql) AND id <> ?)", arguments: [argument, id.rawValue])
            if isTaken ?? false { throw Problem(.conflict, "another person has this \(what) already") }
        }
    }
}

extension Principal {
    /// Who looks after persons for a directory looks after owners only where it may make them, too.
    func checkProvisioning(of person: Person) throws(Problem) {
        guard person.role.isOwner, !scopes.contains(.ownersWrite) else { return }
        throw Problem(
            .permissionDenied, "\(description) lacks the scope \(Scope.ownersWrite.rawValue): \(person.id) is an owner",
            hint: "owners are changed by owners")
    }
}

extension ProvisionedPerson {
    static func find(_ id: PersonID, in tenant: TenantID, _ database: Database) throws -> ProvisionedPerson {
        let row = try Row.fetchOne(database, sql: "SELECT * FROM person WHERE id = ?", arguments: [id.rawValue])
        guard let row else { throw Problem(.notFound, "person not found: \(id)", hint: "cloister person list shows all") }
        return try ProvisionedPerson(row, in: tenant, groups: try PersonGroup.references(of: id.rawValue, database)[id.rawValue] ?? [])
    }

    init(_ row: Row, in tenant: TenantID, groups: [PersonGroup.Reference]) throws(Problem) {
        let person = try Person(row, in: tenant)
        let userName: String? = row["userName"]
        var profile = PersonProfile(userName: userName ?? person.email.text, email: person.email, isActive: person.isActive)
        profile.externalID = row["externalId"]
        // Who was invited has chosen a name.
        profile.displayName = userName == nil ? person.name : row["displayName"] as String?
        profile.formattedName = row["formattedName"]
        profile.givenName = row["givenName"]
        profile.familyName = row["familyName"]
        self.init(person: person, profile: profile, changed: row["changed"] ?? person.created, groups: groups)
    }
}
