import GRDB
package import Model
package import Store

extension People {
    /// Invites somebody who is no person there yet. The text is given back here and never again; an earlier invitation of
    /// the same address is good no more.
    package func invite(
        _ email: String, as name: String, to tenant: TenantID?, days: Int? = nil, by principal: Principal
    ) async throws(Problem) -> (invitation: Invitation, text: AccessText) {
        let (email, role) = (try EmailAddress(email), try Role(name, in: tenant))
        try principal.checkDelegation(of: role, in: tenant)
        let days = days ?? Invitation.ordinaryDays
        guard (1...Invitation.mostDays).contains(days) else {
            throw Problem(.invalidInput, "/days: out of range", hint: "1 to \(Invitation.mostDays)")
        }
        try await home(tenant).read { try Self.checkUnknown(email, $0) }
        let (text, now) = (AccessText.random(for: .invitation), now())
        let invitation = Invitation(
            id: .random(), tenant: tenant, email: email, role: role, created: now, createdBy: principal.description,
            expires: now + Int64(days) * 86_400_000)
        try await store.writeRegistry { database in
            try database.execute(
                sql: "DELETE FROM invitation WHERE expires <= ? OR (tenant IS ? AND email = ?)",
                arguments: [now, tenant?.rawValue, email.text])
            let others = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM invitation WHERE tenant IS ?", arguments: [tenant?.rawValue])
            guard others ?? 0 < Self.mostInvitations else {
                throw Problem(.quotaExceeded, "\(Self.mostInvitations) invitations are open", hint: "revoke some")
            }
            try invitation.insert(digest: text.digest, into: database)
        }
        return (invitation, text)
    }

    /// Those that can still be accepted, the oldest first.
    package func invitations(to tenant: TenantID?) async throws(Problem) -> [Invitation] {
        try await invitations(to: tenant, after: nil, limit: nil).elements
    }

    /// The same, as many as `limit`; those behind `cursor`, which is `next` of the page before. Throws `invalidInput` for any
    /// other text.
    package func invitations(
        to tenant: TenantID?, after cursor: String?, limit: Int?
    ) async throws(Problem) -> KeysetPage<Invitation> {
        var last = (created: Int64.min, id: "")
        if let cursor {
            let parts = cursor.split(separator: ".", maxSplits: 1)
            guard parts.count == 2, let created = Int64(parts[0]), InvitationID(rawValue: String(parts[1])) != nil else {
                throw .notACursor
            }
            last = (created, String(parts[1]))
        }
        let (now, behind) = (now(), last)
        if let tenant { _ = try await store.tenant(tenant) }
        let found = try await store.readRegistry { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM invitation WHERE tenant IS ? AND expires > ? AND (created, id) > (?, ?)
                    ORDER BY created, id LIMIT ?
                    """,
                arguments: [tenant?.rawValue, now, behind.created, behind.id, KeysetPage<Invitation>.reads(limit)]
            ).map { try Invitation($0) }
        }
        return KeysetPage(found, limit: limit) { "\($0.created).\($0.id)" }
    }

    /// One that can still be accepted.
    package func invitation(_ id: InvitationID, to tenant: TenantID?) async throws(Problem) -> Invitation {
        let now = now()
        if let tenant { _ = try await store.tenant(tenant) }
        let found = try await store.readRegistry { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM invitation WHERE id = ? AND tenant IS ? AND expires > ?",
                arguments: [id.rawValue, tenant?.rawValue, now]
            ).map { try Invitation($0) }
        }
        guard let found else { throw Self.unknown(id) }
        return found
    }

    private static func unknown(_ id: InvitationID) -> Problem {
        Problem(.notFound, "invitation not found: \(id)", hint: "cloister invitation list shows all")
    }

    package func revoke(_ id: InvitationID, to tenant: TenantID?) async throws(Problem) -> Invitation {
        try await store.writeRegistry { database in
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM invitation WHERE id = ? AND tenant IS ?",
                arguments: [id.rawValue, tenant?.rawValue])
            guard let row else { throw Self.unknown(id) }
            try database.execute(sql: "DELETE FROM invitation WHERE id = ?", arguments: [id.rawValue])
            return try Invitation(row)
        }
    }

    /// Withdraws what somebody invited to, to whatever tenant.
    package func withdraw(madeBy maker: String) async throws(Problem) {
        try await store.writeRegistry { database in
            try database.execute(sql: "DELETE FROM invitation WHERE createdBy = ?", arguments: [maker])
        }
    }

    /// Makes a person of who presents the text of an invitation. It is good once.
    package func accept(
        _ text: String, name: String, password: String, from visitor: Visitor
    ) async throws(Problem) -> Person {
        if let tooMany = addresses.admit(visitor.address, at: now()) {
            throw Problem(.quotaExceeded, "too many attempts", hint: "try again in \(tooMany.seconds) seconds", wait: Int64(tooMany.seconds))
        }
        let name = try Self.checked(name: name)
        guard let invitation = try await invitation(text), try await isUpheld(invitation) else {
            throw Self.spentInvitation
        }
        try PasswordRules.check(password, of: invitation.email)
        let home = try await home(invitation.tenant)
        let digest = try await hashing.digest(of: password)
        // It may have been withdrawn while the password was digested.
        guard try await self.invitation(text) != nil else {
            throw Problem(.notFound, "the invitation is not good", hint: "it was withdrawn: ask for a new one")
        }
        let (id, now, tenant) = (PersonID.random(), now(), invitation.tenant)
        // The person first: between the two the invitation still stands, and finds its address taken.
        let outcome = try await home.write { database in
            let isTaken = try Self.isKnown(invitation.email, database)
            guard !isTaken else { return nil as Person? }
            let others = try Int.fetchOne(database, sql: "SELECT count(*) FROM person")
            guard others ?? 0 < Self.mostPersons else {
                throw Problem(.quotaExceeded, "there are \(Self.mostPersons) persons", hint: "remove some")
            }
            try database.execute(
                sql: """
                    INSERT INTO person (id, email, name, role, created, generation, password) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id.rawValue, invitation.email.text, name, invitation.role.rawValue, now, Person.newGeneration(),
                    digest.text,
                ])
            return try Person.find(id, in: tenant, database)
        }
        try await store.writeRegistry { database in
            try database.execute(sql: "DELETE FROM invitation WHERE id = ?", arguments: [invitation.id.rawValue])
        }
        guard let person = outcome else { throw Self.taken }
        addresses.forgive(visitor.address)
        return person
    }

    /// Whom a text invites; nil for one that is not good any more. Uses nothing up: whoever has the text may know.
    package func invited(by text: String) async throws(Problem) -> EmailAddress? {
        guard let invitation = try await invitation(text), try await isUpheld(invitation) else { return nil }
        return invitation.email
    }

    private func invitation(_ text: String) async throws(Problem) -> Invitation? {
        guard let text = AccessText(text, for: .invitation) else { return nil }
        let now = now()
        return try await store.readRegistry { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM invitation WHERE digest = ? AND expires > ?", arguments: [text.digest, now]
            ).map { try Invitation($0) }
        }
    }

    /// Whether a person who invited could still do so: a crash may have kept what was to be withdrawn.
    private func isUpheld(_ invitation: Invitation) async throws(Problem) -> Bool {
        let words = invitation.createdBy.split(separator: " ")
        guard words.count == 2, words[0] == "person", let id = PersonID(rawValue: String(words[1])) else { return true }
        for tenant in Set([invitation.tenant, nil]) {
            let inviter = try await home(tenant).read { database in
                try Row.fetchOne(database, sql: "SELECT * FROM person WHERE id = ?", arguments: [id.rawValue])
                    .map { try Person($0, in: tenant) }
            }
            guard let inviter else { continue }
            return inviter.isActive && invitation.role.scopes.isSubset(of: inviter.role.scopes)
        }
        return false
    }

    package static var spentInvitation: Problem {
        Problem(.notFound, "the invitation is not good", hint: "it is mistyped, used, expired or withdrawn: ask for a new one")
    }

    private static func checkUnknown(_ email: EmailAddress, _ database: Database) throws {
        if try isKnown(email, database) { throw taken }
    }

    private static func isKnown(_ email: EmailAddress, _ database: Database) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM person WHERE email = ? OR coalesce(userName, email) = ? COLLATE NOCASE)",
            arguments: [email.text, email.text]) ?? false
    }

    private static var taken: Problem {
        Problem(.conflict, "a person has this e-mail address already", hint: "change the person's role instead")
    }

    static func checked(name: String) throws(Problem) -> String {
        guard (1...100).contains(name.unicodeScalars.count), !name.allSatisfy(\.isWhitespace),
            name.unicodeScalars.allSatisfy({ !$0.isControl })
        else { throw Problem(.invalidInput, "/name: not a name", hint: "one line of 1 to 100 characters") }
        return name
    }
}
