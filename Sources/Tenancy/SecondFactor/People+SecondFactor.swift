import FoundationEssentials
import GRDB
package import Model
import Store

/// A second factor that was begun: what the app needs.
package struct SecondFactorOffer: Sendable {
    /// In base 32.
    package let secret: String
    package let uri: String

    init(_ factor: OneTimePassword, issuer: String, account: EmailAddress) {
        secret = factor.base32
        uri = factor.uri(issuer: issuer, account: account.text)
    }

    /// To be shown once more to whoever brings its secret along. Nil for what is no such secret.
    package init?(secret: String, issuer: String, account: EmailAddress) {
        guard secret.utf8.count == 32, let bytes = Base32.decode(secret) else { return nil }
        self.init(OneTimePassword(secret: bytes), issuer: issuer, account: account)
    }
}

extension People {
    /// Begins to set up a second factor: nothing is asked for yet, until a first code has shown that the app has it.
    package func beginSecondFactor(
        of session: OpenSession, password: String, issuer: String
    ) async throws(Problem) -> SecondFactorOffer {
        let person = session.person
        try await confirm(password, of: person, at: "password")
        let factor = OneTimePassword.random()
        let sealed = try sealing.seal(factor.base32, for: Self.place(of: person.id, in: person.tenant))
        try await home(person.tenant).write { database in
            try database.execute(
                sql: "UPDATE person SET pendingSecondFactor = ? WHERE id = ? AND secondFactor IS NULL",
                arguments: [Data(sealed), person.id.rawValue])
            guard database.changesCount == 1 else {
                throw Problem(.conflict, "a second factor is set up already", hint: "switch it off first")
            }
        }
        return SecondFactorOffer(factor, issuer: issuer, account: person.email)
    }

    /// Puts the second factor in force. The recovery codes are given back here and never again.
    package func confirmSecondFactor(of session: OpenSession, code: String) async throws(Problem) -> [String] {
        let person = session.person
        let sealed = try await home(person.tenant).read { database in
            try Data.fetchOne(
                database, sql: "SELECT pendingSecondFactor FROM person WHERE id = ?", arguments: [person.id.rawValue])
        }
        guard let sealed else {
            throw Problem(.conflict, "no second factor was begun", hint: "begin with the password")
        }
        if let tooMany = try await admit(person.email, in: person.tenant, inside: true) {
            throw Problem(.quotaExceeded, "too many wrong codes", hint: "try again in \(tooMany.seconds) seconds", wait: Int64(tooMany.seconds))
        }
        guard let step = try opened(Array(sealed), of: person).step(of: code, at: now()) else {
            throw Problem(.invalidInput, "/code: not the code of this moment", hint: "is the clock of the device right?")
        }
        try await forgive(person.email, in: person.tenant, all: true, inside: true)
        let codes = (0..<RecoveryCode.count).map { _ in RecoveryCode.random() }
        try await home(person.tenant).write { database in
            try database.execute(
                sql: """
                    UPDATE person SET secondFactor = pendingSecondFactor, pendingSecondFactor = NULL, lastStep = ?
                    WHERE id = ? AND pendingSecondFactor = ?
                    """,
                arguments: [step, person.id.rawValue, sealed])
            guard database.changesCount == 1 else {
                throw Problem(.conflict, "another second factor was begun meanwhile", hint: "begin again")
            }
            try database.execute(sql: "DELETE FROM recoveryCode WHERE person = ?", arguments: [person.id.rawValue])
            for code in codes {
                try database.execute(
                    sql: "INSERT INTO recoveryCode (digest, person) VALUES (?, ?)", arguments: [code.digest, person.id.rawValue])
            }
        }
        return codes.map(\.text)
    }

    /// Switches the second factor off, for whoever has it.
    package func removeSecondFactor(of session: OpenSession, password: String, code: String) async throws(Problem) {
        let person = session.person
        guard person.hasSecondFactor else { throw Problem(.conflict, "there is no second factor") }
        try await confirm(password, of: person, at: "password")
        if let tooMany = try await admit(person.email, in: person.tenant, inside: true) {
            throw Problem(.quotaExceeded, "too many wrong codes", hint: "try again in \(tooMany.seconds) seconds", wait: Int64(tooMany.seconds))
        }
        guard try await use(code, of: person) else { throw Problem(.invalidInput, "/code: not good") }
        try await forgive(person.email, in: person.tenant, all: true, inside: true)
        try await home(person.tenant).write { database in
            try database.execute(
                sql: "UPDATE person SET secondFactor = NULL, pendingSecondFactor = NULL WHERE id = ?",
                arguments: [person.id.rawValue])
            try database.execute(sql: "DELETE FROM recoveryCode WHERE person = ?", arguments: [person.id.rawValue])
        }
    }

    /// How many recovery codes a person has left who has just come in with this code; nil where that was none.
    package func recoveryCodesLeft(of person: Person, after code: String) async throws(Problem) -> Int? {
        guard person.hasSecondFactor, RecoveryCode(code) != nil else { return nil }
        return try await home(person.tenant).read { database in
            try Int.fetchOne(database, sql: "SELECT count(*) FROM recoveryCode WHERE person = ?", arguments: [person.id.rawValue])
        }
    }

    /// Uses up a code of the app or a recovery code; false for one that is wrong or was used.
    func use(_ code: String, of person: Person) async throws(Problem) -> Bool {
        let home = try await home(person.tenant)
        if let recovery = RecoveryCode(code) {
            return try await home.write { database in
                try database.execute(
                    sql: "DELETE FROM recoveryCode WHERE digest = ? AND person = ?",
                    arguments: [recovery.digest, person.id.rawValue])
                return database.changesCount == 1
            }
        }
        let sealed = try await home.read { database in
            try Data.fetchOne(database, sql: "SELECT secondFactor FROM person WHERE id = ?", arguments: [person.id.rawValue])
        }
        guard let sealed, let step = try opened(Array(sealed), of: person).step(of: code, at: now()) else { return false }
        // RFC 6238 section 5.2: a code is good once, also for two who come at once.
        return try await home.write { database in
            try database.execute(
                sql: "UPDATE person SET lastStep = ? WHERE id = ? AND lastStep < ?", arguments: [step, person.id.rawValue, step])
            return database.changesCount == 1
        }
    }

    private func opened(_ sealed: [UInt8], of person: Person) throws(Problem) -> OneTimePassword {
        guard let secret = Base32.decode(try sealing.open(sealed, for: Self.place(of: person.id, in: person.tenant))) else {
            throw Problem(.internalFault, "the second factor of \(person.id) is damaged", hint: "restore it from a backup")
        }
        return OneTimePassword(secret: secret)
    }
}
