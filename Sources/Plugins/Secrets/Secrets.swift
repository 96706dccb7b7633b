import FoundationEssentials
package import GRDB
package import Model
package import Store
import Synchronization

/// The named secrets of tenants: sealed in their databases, opened for who was granted them, never shown.
package final class Secrets: Sendable {
    package static let limit = 1000
    package static let valueLimit = ByteSize.kibibytes(64)

    package struct Entry: Sendable, Hashable {
        package let name: String
        /// Milliseconds since 1970 (UTC). Later with every change, whatever the clock says.
        package let changed: Int64
        /// Where workflows may send it.
        package let hosts: [String]
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
        },
        MigrationStep("plugins 8 hosts of secrets") { database in
            try database.execute(sql: "ALTER TABLE secret ADD COLUMN hosts TEXT")
        },
    ]

    private let folder: String
    private let loaded = Mutex<SecretKey?>(nil)

    /// `folder` is the data folder, where the key lies.
    package init(folder: String) { self.folder = folder }

    /// Hosts of one secret.
    package static let hostLimit = 20

    /// Keeps a secret in place of the earlier one. Workflows may send it to `hosts`; where none is named, to those that were
    /// named before.
    package func set(
        _ name: String, to value: String, hosts: [HostPattern] = [], in tenant: TenantStore
    ) async throws(Problem) {
        try await tenant.write(try setting(name, to: value, hosts: hosts, of: tenant.id))
    }

    /// The same, for a transaction of the caller's.
    package func setting(
        _ name: String, to value: String, hosts: [HostPattern] = [], of tenant: TenantID
    ) throws(Problem) -> @Sendable (Database) throws -> Void {
        try Self.check(name)
        guard !value.isEmpty, value.utf8.count <= Int(Self.valueLimit.bytes) else {
            throw Problem(
                .invalidInput, "secret \(name): \(value.isEmpty ? "empty" : "larger than \(Self.valueLimit)")")
        }
        let sealed = Data(try key().seal(value, for: Self.place(name, tenant)))
        let now = Moment.now
        let hosts = hosts.isEmpty ? nil : JSONValue.array(hosts.map { .string("\($0)") }).compactText
        return { database in
            let others: Int? = try database.first("SELECT count(*) FROM secret WHERE name <> ?", [name])?[0]
            guard others ?? 0 < Self.limit else {
                throw Problem(.quotaExceeded, "tenant \(tenant) has \(Self.limit) secrets", hint: "delete some")
            }
            try database.run(
                """
                INSERT INTO secret (name, sealed, changed, hosts) VALUES (?, ?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, changed = max(excluded.changed, changed + 1),
                    hosts = coalesce(excluded.hosts, hosts)
                """,
                [name, sealed, now, hosts])
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

    /// The value, for a workflow that sends it to a host. Whoever writes workflows may read no secrets, and must not send them
    /// to a place of their own choice: that is for whoever keeps them to say. Throws `permissionDenied` for any other host.
    package func value(of name: String, for host: Host, in tenant: TenantStore) async throws(Problem) -> String {
        let hosts = try await tenant.read { database in
            try Row.fetchOne(database, sql: "SELECT hosts FROM secret WHERE name = ?", arguments: [name]).map { Self.hosts($0) }
        }
        guard let hosts else { throw Self.unknown(name) }
        guard hosts.contains(where: { (try? HostPattern($0))?.matches(host) ?? false }) else {
            throw Problem(
                .permissionDenied, "secret \(name) may not be sent to \(host)",
                hint: "whoever keeps it allows that: cloister secret set \(name) --tenant \(tenant.id) --host \(host)")
        }
        return try await value(of: name, in: tenant)
    }

    private static func hosts(_ row: Row) -> [String] {
        (row["hosts"] as String?).flatMap { try? JSONValue.parse($0).array?.compactMap(\.string) } ?? []
    }

    /// Names, times and hosts, never values.
    package func list(in tenant: TenantStore) async throws(Problem) -> [Entry] {
        try await page(in: tenant, limit: nil).elements
    }

    /// The same, by name, as many as `limit`; those behind `cursor`, which is `next` of the page before. Throws `invalidInput`
    /// for any other text.
    package func page(
        in tenant: TenantStore, after cursor: String? = nil, limit: Int?
    ) async throws(Problem) -> KeysetPage<Entry> {
        if let cursor, (try? Self.check(cursor)) == nil { throw .notACursor }
        let found = try await tenant.read { database in
            try Row.fetchAll(
                database, sql: "SELECT name, changed, hosts FROM secret WHERE name > ? ORDER BY name LIMIT ?",
                // No name is empty.
                arguments: [cursor ?? "", KeysetPage<Entry>.reads(limit)]
            ).map { Entry(name: $0["name"], changed: $0["changed"], hosts: Self.hosts($0)) }
        }
        return KeysetPage(found, limit: limit) { $0.name }
    }

    /// One of them, or `notFound` with the one that was probably meant.
    package func find(_ name: String, in tenant: TenantStore) async throws(Problem) -> Entry {
        let found = try await tenant.read { database in
            try Row.fetchOne(database, sql: "SELECT name, changed, hosts FROM secret WHERE name = ?", arguments: [name])
                .map { Entry(name: $0["name"], changed: $0["changed"], hosts: Self.hosts($0)) }
        }
        guard let found else { throw Self.missing(name, among: try await list(in: tenant).map(\.name)) }
        return found
    }

    package func delete(_ name: String, in tenant: TenantStore) async throws(Problem) {
        try await tenant.write(Self.deleting(name))
    }

    /// The same, for a transaction of the caller's.
    package static func deleting(_ name: String) -> @Sendable (Database) throws -> Void {
        { database in
            try database.run("DELETE FROM secret WHERE name = ?", [name])
            guard database.changesCount > 0 else { throw missing(name, among: try String.fetchAll(database, sql: "SELECT name FROM secret")) }
        }
    }

    private static func missing(_ name: String, among names: [String]) -> Problem {
        var problem = unknown(name)
        problem.hint = names.nearest(to: name).map { "did you mean \($0)?" } ?? problem.hint
        return problem
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
