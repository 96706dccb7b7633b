import GRDB
package import Model
import Store

/// What came of a login.
package enum LoginOutcome: Sendable, Hashable {
    case welcome(OpenSession)
    /// Unknown, a wrong password or a wrong code: which of them is not said.
    case refused
    /// The password is right, or a provider has vouched for the person, and a code is needed beside it. With the step's
    /// text `finish` asks for no more than the code.
    case needsCode(step: String)
    case tooMany(seconds: Int)
}

/// Who wants to log in, and with what.
package struct Login: Sendable {
    package let tenant: TenantID?
    package let email: String
    package let password: String
    /// Of the app, or a recovery code.
    package let code: String?

    package init(tenant: TenantID?, email: String, password: String, code: String? = nil) {
        self.tenant = tenant
        self.email = email
        self.password = password
        self.code = code
    }
}

extension People {
    /// Opens a session for whoever knows the password and, where one is set up, has the second factor.
    ///
    /// Whether there is such a person, or such a tenant, shows neither in the outcome nor in the time.
    package func login(_ login: Login, from visitor: Visitor) async throws(Problem) -> LoginOutcome {
        guard let email = try? EmailAddress(login.email), login.password.utf8.count <= PasswordRules.longest else {
            return .refused
        }
        if let tooMany = addresses.admit(visitor.address, at: now()) { return .tooMany(seconds: tooMany.seconds) }
        if let tooMany = try await admit(email, in: login.tenant) { return .tooMany(seconds: tooMany.seconds) }
        let known = try await credentials(email, in: login.tenant)
        guard try await hashing.verify(login.password, known?.password), let (person, digest) = known else { return .refused }
        if person.hasSecondFactor {
            guard let code = login.code, !code.isEmpty else {
                addresses.forgive(visitor.address)
                try await forgive(email, in: login.tenant, all: false)
                return .needsCode(step: try LoginStep(person, at: now()).sealed(sealing))
            }
            guard try await use(code, of: person) else { return .refused }
        }
        addresses.forgive(visitor.address)
        try await forgive(email, in: login.tenant, all: true)
        let renewed = hashing.isOutdated(digest) ? try await hashing.digest(of: login.password) : nil
        try await note(loginOf: person, renewed: renewed, from: digest)
        return .welcome(try await open(for: person, visitor))
    }

    /// Sets another password. All sessions of the person end; the one that comes back takes the place of this one.
    package func changePassword(
        of session: OpenSession, from current: String, to new: String, _ visitor: Visitor
    ) async throws(Problem) -> OpenSession {
        let person = session.person
        try await confirm(current, of: person, at: "current")
        try PasswordRules.check(new, of: person.email, at: "new")
        let digest = try await hashing.digest(of: new)
        let changed = try await home(person.tenant).write { database in
            try database.execute(
                sql: "UPDATE person SET password = ?, generation = ? WHERE id = ? AND generation = ?",
                arguments: [digest.text, Person.newGeneration(), person.id.rawValue, person.generation])
            guard database.changesCount == 1 else {
                throw Problem(.conflict, "the person was changed meanwhile", hint: "log in again")
            }
            return try Person.find(person.id, in: person.tenant, database)
        }
        return try await open(for: changed, visitor, alone: true)
    }

    /// Asks for the password again before something that a stolen session must not do. Wrong ones are counted, with wrong codes.
    func confirm(_ password: String, of person: Person, at place: String) async throws(Problem) {
        if let tooMany = try await admit(person.email, in: person.tenant, inside: true) {
            throw Problem(.quotaExceeded, "too many wrong passwords", hint: "try again in \(tooMany.seconds) seconds", wait: Int64(tooMany.seconds))
        }
        let known = try await credentials(person.email, in: person.tenant)
        guard password.utf8.count <= PasswordRules.longest, try await hashing.verify(password, known?.password) else {
            throw Problem(.invalidInput, "/\(place): not the right one")
        }
        // Only this one: a right password washes no wrong codes away.
        try await forgive(person.email, in: person.tenant, all: false, inside: true)
    }

    /// Ends the session.
    package func logout(_ session: OpenSession) async throws(Problem) {
        let digest = session.text.digest
        try await store.writeRegistry { database in
            try database.execute(sql: "DELETE FROM session WHERE digest = ?", arguments: [digest])
        }
    }

    /// Nil for a person, or a tenant, that there is not.
    private func credentials(
        _ email: EmailAddress, in tenant: TenantID?
    ) async throws(Problem) -> (person: Person, password: PasswordDigest)? {
        let home: Home
        do throws(Problem) {
            home = try await self.home(tenant)
        } catch where error.code == .notFound || error.code == .conflict {
            return nil
        }
        return try await home.read { database in
            let row = try Row.fetchOne(database, sql: "SELECT * FROM person WHERE email = ? AND active", arguments: [email.text])
            guard let row, let digest = PasswordDigest(row["password"]) else { return nil }
            return (try Person(row, in: tenant), digest)
        }
    }

    private func note(loginOf person: Person, renewed: PasswordDigest?, from old: PasswordDigest) async throws(Problem) {
        let now = now()
        try await home(person.tenant).write { database in
            try database.execute(
                sql: "UPDATE person SET lastLogin = ? WHERE id = ?", arguments: [now, person.id.rawValue])
            guard let renewed else { return }
            // Only in place of the one that was checked.
            try database.execute(
                sql: "UPDATE person SET password = ? WHERE id = ? AND password = ?",
                arguments: [renewed.text, person.id.rawValue, old.text])
        }
    }
}
