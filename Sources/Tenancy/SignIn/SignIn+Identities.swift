import FoundationEssentials
import GRDB
import Model
import Store

extension SignIn {
    /// The person whom a provider vouches for: the one who came that way before; at the first time the one with the
    /// address, where the provider may speak for it; else a new one, where new people are let in. What the provider may do
    /// is what stands there now: it may have been changed, or removed, since it was asked. The role is what the groups in
    /// `token` open, where the tenant keeps a table of them.
    func person(
        for subject: ProviderSubject, _ token: IDToken, _ asked: IdentityProvider, in tenant: TenantID
    ) async throws(Problem) -> (Person, RoleMove?) {
        let (now, hasTable) = (now, !asked.groups.isEmpty)
        let decide: @Sendable (Database) throws -> (Person, RoleMove?) = { database in
            let current = try Row.fetchOne(database, sql: "SELECT * FROM identityProvider").map(IdentityProvider.init)
            // Without a table nothing is posted to the registry, and nobody there looks.
            guard let provider = current, provider.isSame(as: asked), provider.groups.isEmpty || hasTable else {
                throw Self.changedMeanwhile
            }
            let person = try Self.known(subject, token, provider, in: tenant, at: now, database)
            return try Self.settled(try Self.admitted(person, by: provider), token, provider, in: tenant, at: now, database)
        }
        let home = try await store.tenant(tenant)
        return hasTable ? try await people.outbox.change(home, decide) : try await home.write(decide)
    }

    /// Gives somebody the role that the groups open: at the provider, and in the directory, where that has any. Who is in
    /// none that the table names has what new people get, or is a member. Owners stay owners.
    private static func settled(
        _ person: Person, _ token: IDToken, _ provider: IdentityProvider, in tenant: TenantID, at now: Int64, _ database: Database
    ) throws -> (Person, RoleMove?) {
        guard !provider.groups.isEmpty, !person.role.isOwner else { return (person, nil) }
        let opened = [
            provider.groups.role(of: try token.groups(in: provider.groups.claim)),
            try PersonGroup.role(of: person.id, by: provider.groups, database),
        ].compactMap { $0 }
        let role = GroupRoles.widest(Set(opened)) ?? GroupRoles.widest(Set([provider.role].compactMap { $0 })) ?? .member
        guard role != person.role else { return (person, nil) }
        try database.execute(
            sql: "UPDATE person SET role = ?, generation = ?, changed = ? WHERE id = ?",
            arguments: [role.rawValue, Person.newGeneration(), now, person.id.rawValue])
        try People.post([(person, role.scopes)], in: database)
        return (try admitted(try Person.find(person.id, in: tenant, database), by: provider), RoleMove(person: person, role: role))
    }

    private static func known(
        _ subject: ProviderSubject, _ token: IDToken, _ provider: IdentityProvider, in tenant: TenantID, at now: Int64,
        _ database: Database
    ) throws -> Person {
        let known = try String.fetchOne(
            database, sql: "SELECT person FROM identity WHERE issuer = ? AND subject = ?",
            arguments: [subject.issuer, subject.subject])
        if let id = known.flatMap(PersonID.init(rawValue:)) {
            return try Person.find(id, in: tenant, database)
        }
        guard let email = subject.email else {
            throw Problem(
                .permissionDenied, "the provider vouches for no e-mail address of this person",
                hint: "the claims email and email_verified are needed the first time")
        }
        guard provider.domains.contains(String(email.domain)) else {
            throw Problem(
                .permissionDenied, "the provider may not speak for addresses of \(email.domain)",
                hint: "an owner can add the domain, or invite this person")
        }
        let row = try Row.fetchOne(database, sql: "SELECT * FROM person WHERE email = ?", arguments: [email.text])
        let person = try row.map { try Person($0, in: tenant) }
            ?? newcomer(subject, email, token, provider, in: tenant, at: now, database)
        // An address that went to somebody else must not open what its first owner has.
        let other = try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM identity WHERE issuer = ? AND person = ?)",
            arguments: [subject.issuer, person.id.rawValue])
        guard other == false else {
            throw Problem(
                .permissionDenied, "the person with this address is another one at the provider",
                hint: "an owner removes that person and invites the address again")
        }
        try database.execute(
            sql: "INSERT INTO identity (issuer, subject, person, created) VALUES (?, ?, ?, ?)",
            arguments: [subject.issuer, subject.subject, person.id.rawValue, now])
        return person
    }

    private static func admitted(_ person: Person, by provider: IdentityProvider) throws -> Person {
        guard person.isActive else {
            throw Problem(.permissionDenied, "\(person.id) is not active", hint: "an owner can change that")
        }
        guard provider.roles.contains(person.role) else {
            throw Problem(
                .permissionDenied, "nobody with the role \(person.role.rawValue) comes in by this provider",
                hint: "log in with your password; the provider was chosen by somebody who may less")
        }
        return person
    }

    private static func newcomer(
        _ subject: ProviderSubject, _ email: EmailAddress, _ token: IDToken, _ provider: IdentityProvider, in tenant: TenantID,
        at now: Int64, _ database: Database
    ) throws -> Person {
        let opened = provider.groups.isEmpty ? nil : provider.groups.role(of: try token.groups(in: provider.groups.claim))
        guard let role = opened ?? provider.role else {
            throw Problem(
                .permissionDenied, "nobody here has this e-mail address", hint: "ask an owner for an invitation, then come again")
        }
        let (sql, argument) = PersonSelection.userName(email.text).condition
        let isNamed = try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM person WHERE \(sql))", arguments: [argument])
        guard isNamed == false else {
            throw Problem(
                .conflict, "another person is called like this e-mail address in the directory",
                hint: "whoever looks after the directory gives that person another userName")
        }
        let others = try Int.fetchOne(database, sql: "SELECT count(*) FROM person")
        guard others ?? 0 < People.mostPersons else {
            throw Problem(.quotaExceeded, "there are \(People.mostPersons) persons", hint: "an owner removes some")
        }
        let id = PersonID.random()
        let name = subject.name.flatMap { try? People.checked(name: $0) } ?? String(email.mailbox)
        // No digest is empty: there is no password that opens this.
        try database.execute(
            sql: "INSERT INTO person (id, email, name, role, created, generation, password) VALUES (?, ?, ?, ?, ?, ?, '')",
            arguments: [id.rawValue, email.text, name, role.rawValue, now, Person.newGeneration()])
        return try Person.find(id, in: tenant, database)
    }
}
