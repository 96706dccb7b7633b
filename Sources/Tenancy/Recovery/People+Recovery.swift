import GRDB
package import Model
package import Store

/// How lost passwords are mended: by a text that is mailed to the person, good once and for half an hour.
package enum Recovery {
    package static let minutes = 30
    static let mostWaiting = 10_000

    /// In the registry, as all that opens doors: a backup that is restored brings none back.
    package static let steps = [
        MigrationStep("people 3 recoveries") { database in
            try database.execute(
                sql: """
                    CREATE TABLE recovery (
                        digest TEXT PRIMARY KEY NOT NULL,
                        tenant TEXT REFERENCES tenant (id) ON DELETE CASCADE,
                        person TEXT NOT NULL,
                        generation INTEGER NOT NULL,
                        expires INTEGER NOT NULL
                    ) STRICT;
                    CREATE INDEX recoveryPerson ON recovery (tenant, person);
                    """)
        }
    ]
}

extension People {
    /// Counts a wish by where it comes from. It makes no difference whom it is about.
    package func admitRecovery(from visitor: Visitor) throws(Problem) {
        guard let tooMany = recoveries.admit(visitor.address, at: now()) else { return }
        throw Problem(.quotaExceeded, "too many attempts", hint: "try again in \(tooMany.seconds) seconds", wait: Int64(tooMany.seconds))
    }

    /// The person with that address, and the text with which to set another password; nil where there is nobody, where
    /// there were too many wishes about the address, and where the person logs in at a provider alone. Whoever asked is
    /// told none of that. An earlier text is good no more.
    package func beginRecovery(of email: String, in tenant: TenantID?) async throws(Problem) -> (person: Person, text: AccessText)? {
        guard let email = try? EmailAddress(email), try await admitRecovery(of: email, in: tenant) else { return nil }
        let home: Home
        do throws(Problem) {
            home = try await self.home(tenant)
        } catch where error.code == .notFound || error.code == .conflict {
            return nil
        }
        let found = try await home.read { database -> Person? in
            let row = try Row.fetchOne(database, sql: "SELECT * FROM person WHERE email = ? AND active", arguments: [email.text])
            guard let row else { return nil }
            if tenant != nil, row["password"] == "" {
                let hasProvider = try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM identityProvider)")
                if hasProvider == true { return nil }
            }
            return try Person(row, in: tenant)
        }
        guard let person = found else { return nil }
        let (text, now) = (AccessText.random(for: .recovery), now())
        try await store.writeRegistry { database in
            try database.execute(
                sql: "DELETE FROM recovery WHERE expires <= ? OR (tenant IS ? AND person = ?)",
                arguments: [now, tenant?.rawValue, person.id.rawValue])
            let others = try Int.fetchOne(database, sql: "SELECT count(*) FROM recovery") ?? 0
            guard others < Recovery.mostWaiting else {
                throw Problem(.quotaExceeded, "\(others) recoveries are open", hint: "they end by themselves within half an hour")
            }
            try database.execute(
                sql: "INSERT INTO recovery (digest, tenant, person, generation, expires) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    text.digest, tenant?.rawValue, person.id.rawValue, person.generation, now + Int64(Recovery.minutes) * 60_000,
                ])
        }
        return (person, text)
    }

    /// Sets another password for whoever has the text, once. All sessions of the person end; the second factor stays.
    package func recover(_ text: String, password: String, from visitor: Visitor) async throws(Problem) -> Person {
        try admitRecovery(from: visitor)
        guard let (person, digest, generation) = try await recovery(text) else { throw Self.spentRecovery }
        let (id, tenant) = (person.id, person.tenant)
        try PasswordRules.check(password, of: person.email)
        let hashed = try await hashing.digest(of: password)
        // Used up before it is used: a crash between the two costs another mail, and never opens twice.
        let isFirst = try await store.writeRegistry { database in
            try database.execute(sql: "DELETE FROM recovery WHERE digest = ?", arguments: [digest])
            return database.changesCount == 1
        }
        guard isFirst else { throw Self.spentRecovery }
        let changed = try await home(tenant).write { database -> Person? in
            try database.execute(
                sql: "UPDATE person SET password = ?, generation = ? WHERE id = ? AND generation = ?",
                arguments: [hashed.text, Person.newGeneration(), id.rawValue, generation])
            return database.changesCount == 1 ? try Person.find(id, in: tenant, database) : nil
        }
        guard let changed else { throw Self.spentRecovery }
        try await store.writeRegistry { database in
            try database.execute(
                sql: "DELETE FROM session WHERE tenant IS ? AND person = ?", arguments: [tenant?.rawValue, id.rawValue])
        }
        recoveries.forgive(visitor.address)
        try await forgive(person.email, in: tenant, all: true)
        return changed
    }

    /// Whose password a text sets; nil for one that is not good any more. Uses nothing up: whoever has the text may know.
    package func recovering(with text: String) async throws(Problem) -> EmailAddress? {
        guard let (person, _, generation) = try await recovery(text), person.generation == generation else { return nil }
        return person.email
    }

    private func recovery(_ text: String) async throws(Problem) -> (person: Person, digest: String, generation: Int64)? {
        guard let text = AccessText(text, for: .recovery) else { return nil }
        let (digest, now) = (text.digest, now())
        let found = try await store.readRegistry { database -> (id: PersonID, tenant: TenantID?, generation: Int64)? in
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM recovery WHERE digest = ? AND expires > ?", arguments: [digest, now])
            guard let row, let id = PersonID(rawValue: row["person"]) else { return nil }
            return (id, (row["tenant"] as String?).flatMap(TenantID.init(rawValue:)), row["generation"])
        }
        guard let (id, tenant, generation) = found else { return nil }
        do throws(Problem) {
            let person = try await home(tenant).person(id)
            return person.isActive ? (person, digest, generation) : nil
        } catch where error.code == .notFound || error.code == .conflict {
            return nil
        }
    }

    package static var spentRecovery: Problem {
        Problem(.notFound, "the link is not good", hint: "it is mistyped, used or older than \(Recovery.minutes) minutes: ask for a new one")
    }
}
