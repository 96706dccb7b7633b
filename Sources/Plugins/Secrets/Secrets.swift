import FoundationEssentials
import GRDB
package import Model
package import Store
import Synchronization

/// The named secrets of tenants: sealed in their databases, opened for who was granted them, never shown.
package final class Secrets: Sendable {
    package static let limit = 1000
    package static let valueLimit = ByteSize.kibibytes(64)

    package struct Entry: Sendable, Hashable {
        package let name: String
        /// Milliseconds since 1970 (UTC).
        package let changed: Int64
    }

    /// What the tenants' databases need for secrets.
    package static let steps = [
        MigrationStep("plugins 4 secrets") { database in
            try database.execute(
                sql: """
                    CREATE TABLE secret (
                        name TEXT PRIMARY KEY NOT NULL,
                        sealed BLOB NOT NULL,
                        changed INTEGER NOT NULL
                    ) STRICT
                    """)
        }
    ]

    private let folder: String
    private let loaded = Mutex<SecretKey?>(nil)

    /// `folder` is the data folder, where the key lies.
    package init(folder: String) { self.folder = folder }

    /// Keeps a secret in place of the earlier one.
    package func set(_ name: String, to value: String, in tenant: TenantStore) async throws(Problem) {
        try Self.check(name)
        guard !value.isEmpty, value.utf8.count <= Int(Self.valueLimit.bytes) else {
            throw Problem(
                .invalidInput, "secret \(name): \(value.isEmpty ? "empty" : "larger than \(Self.valueLimit)")")
        }
        let sealed = try key().seal(value, for: Self.place(name, tenant.id))
        let now = Moment.now
        try await tenant.write { database in
            let others = try Int.fetchOne(database, sql: "SELECT count(*) FROM secret WHERE name <> ?", arguments: [name])
            guard others ?? 0 < Self.limit else {
                throw Problem(.quotaExceeded, "tenant \(tenant.id) has \(Self.limit) secrets", hint: "delete some")
            }
            try database.execute(
                sql: """
                    INSERT INTO secret (name, sealed, changed) VALUES (?, ?, ?)
                    ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, changed = excluded.changed
                    """,
                arguments: [name, Data(sealed), now])
        }
    }

    /// The value, for a caller that may have it.
    package func value(of name: String, in tenant: TenantStore) async throws(Problem) -> String {
        let sealed = try await tenant.read { database in
            try Data.fetchOne(database, sql: "SELECT sealed FROM secret WHERE name = ?", arguments: [name])
        }
        guard let sealed else { throw Self.unknown(name) }
        return try key().open(Array(sealed), for: Self.place(name, tenant.id))
    }

    /// Names and times, never values.
    package func list(in tenant: TenantStore) async throws(Problem) -> [Entry] {
        try await tenant.read { database in
            try Row.fetchAll(database, sql: "SELECT name, changed FROM secret ORDER BY name")
                .map { Entry(name: $0["name"], changed: $0["changed"]) }
        }
    }

    package func delete(_ name: String, in tenant: TenantStore) async throws(Problem) {
        let isThere = try await tenant.write { database in
            try database.execute(sql: "DELETE FROM secret WHERE name = ?", arguments: [name])
            return database.changesCount > 0
        }
        guard isThere else {
            let names = try await list(in: tenant).map(\.name)
            var problem = Self.unknown(name)
            problem.hint = names.nearest(to: name).map { "did you mean \($0)?" } ?? problem.hint
            throw problem
        }
    }

    /// Seals a text of another module for one place, of which no secret has the name.
    package func seal(_ text: String, for place: String) throws(Problem) -> [UInt8] { try key().seal(text, for: place) }

    package func open(_ sealed: [UInt8], for place: String) throws(Problem) -> String { try key().open(sealed, for: place) }

    /// Letters, digits, points, hyphens and underscores: a name that conditions of permissions can speak of.
    static func check(_ name: String) throws(Problem) {
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "_.-".utf8.contains(byte)
        }
        guard (1...128).contains(name.utf8.count), isName else {
            throw Problem(
                .invalidInput, "not the name of a secret: \(name.prefix(80).debugDescription)",
                hint: "1 to 128 letters, digits, points, hyphens and underscores")
        }
    }

    static func place(_ name: String, _ tenant: TenantID) -> String { "secret/\(tenant)/\(name)" }

    private static func unknown(_ name: String) -> Problem {
        Problem(.notFound, "secret not found: \(name.prefix(80))", hint: "cloister secret set NAME --tenant ID makes one")
    }

    func key() throws(Problem) -> SecretKey {
        let outcome: Result<SecretKey, Problem> = loaded.withLock { loaded in
            if let loaded { return .success(loaded) }
            do throws(Problem) {
                let key = try SecretKey(folder: folder)
                loaded = key
                return .success(key)
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}
