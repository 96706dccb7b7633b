import Crypto
import GRDB
import Model
import Store

extension People {
    /// Wrong logins of one person in a quarter of an hour.
    static let mostAttempts = 10
    /// Mails to one person with which to set another password, in a quarter of an hour.
    static let mostRecoveries = 3
    /// Persons, known or not, about whom attempts are counted.
    static let mostSubjects = 10_000

    /// Counts an attempt before it is looked at, so that many at once count, too; on disk, so that a restart forgives
    /// none. It makes no difference whether there is such a person.
    ///
    /// Within a session attempts are counted apart: strangers who try to log in must not lock out who is in already.
    func admit(_ email: EmailAddress, in tenant: TenantID?, inside: Bool = false) async throws(Problem) -> AttemptWindow.TooMany? {
        try await admit(Self.subject(email, tenant, inside ? "inside" : nil), limit: Self.mostAttempts)
    }

    /// Counts a wish to set another password for a person, known or not; false where there were too many.
    func admitRecovery(of email: EmailAddress, in tenant: TenantID?) async throws(Problem) -> Bool {
        try await admit(Self.subject(email, tenant, "recovery"), limit: Self.mostRecoveries) == nil
    }

    private func admit(_ subject: String, limit: Int) async throws(Problem) -> AttemptWindow.TooMany? {
        let now = now()
        return try await store.writeRegistry { database in
            let row = try Row.fetchOne(database, sql: "SELECT * FROM loginAttempt WHERE subject = ?", arguments: [subject])
            let known = row.map { AttemptWindow(count: $0["count"], began: $0["began"]) }
            switch AttemptWindow.admit(known, limit: limit, at: now) {
            case .failure(let tooMany): return tooMany
            case .success(let window):
                try database.execute(
                    sql: "DELETE FROM loginAttempt WHERE began <= ? OR began > ?", arguments: [now - AttemptWindow.length, now])
                // Those who tried least make room, so that a flood of made-up persons washes nobody's count away.
                try database.execute(
                    sql: """
                        DELETE FROM loginAttempt WHERE subject IN (
                            SELECT subject FROM loginAttempt ORDER BY count DESC, began DESC LIMIT -1 OFFSET ?)
                        """, arguments: [Self.mostSubjects - 1])
                try database.execute(
                    sql: "INSERT OR REPLACE INTO loginAttempt (subject, count, began) VALUES (?, ?, ?)",
                    arguments: [subject, window.count, window.began])
                return nil
            }
        }
    }

    /// All of the person's attempts, when one was right; or only the last, when it was no guess.
    func forgive(_ email: EmailAddress, in tenant: TenantID?, all: Bool, inside: Bool = false) async throws(Problem) {
        let subject = Self.subject(email, tenant, inside ? "inside" : nil)
        try await store.writeRegistry { database in
            try database.execute(
                sql: all
                    ? "DELETE FROM loginAttempt WHERE subject = ?"
                    : "UPDATE loginAttempt SET count = max(0, count - 1) WHERE subject = ?", arguments: [subject])
        }
    }

    /// Says nothing about whom it is.
    private static func subject(_ email: EmailAddress, _ tenant: TenantID?, _ what: String?) -> String {
        let text = "\(tenant?.rawValue ?? "")\n\(email.text)\(what.map { "\n" + $0 } ?? "")"
        return BlobDigest(Array(SHA256.hash(data: Array(text.utf8)))).hexadecimal
    }
}
