import Crypto
import FoundationEssentials
import GRDB
import Model

/// One key per tenant seals its backups. It is itself sealed under the key of the data folder, for its tenant alone, and
/// goes with the tenant: without it nothing can be read of any copy of any backup.
extension RegistryDatabase {
    static let backupSteps = [
        MigrationStep("store 2 backup keys") { database in
            try database.execute(
                sql: """
                    CREATE TABLE backupKey (
                        tenant TEXT PRIMARY KEY NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
                        wrapped BLOB NOT NULL,
                        created INTEGER NOT NULL
                    ) STRICT
                    """)
        }
    ]

    /// The key of an active tenant's backups, made with the first one.
    func backupKey(of id: TenantID, under wrapping: SymmetricKey) async throws(Problem) -> SymmetricKey {
        let fresh = SymmetricKey(size: .bits256)
        let wrapped = try Self.wrap(fresh, for: id, under: wrapping)
        let now = Moment.now
        let stored = try await file.write { database in
            try database.execute(
                sql: """
                    INSERT INTO backupKey (tenant, wrapped, created)
                    SELECT id, ?, ? FROM tenant WHERE id = ? AND state = 'active'
                    ON CONFLICT (tenant) DO NOTHING
                    """, arguments: [wrapped, now, id.rawValue])
            return try Data.fetchOne(database, sql: "SELECT wrapped FROM backupKey WHERE tenant = ?", arguments: [id.rawValue])
        }
        guard let stored else { throw Problem(.notFound, "tenant not found: \(id)") }
        return try Self.unwrap(stored, for: id, under: wrapping)
    }

    /// Makes every backup of a tenant unreadable for ever. Within a transaction.
    static func eraseBackupKey(of id: TenantID, _ database: Database) throws {
        // Overwritten with zeros rather than only marked as free.
        try database.execute(sql: "PRAGMA secure_delete = ON")
        try database.execute(sql: "DELETE FROM backupKey WHERE tenant = ?", arguments: [id.rawValue])
    }

    private static func wrap(_ key: SymmetricKey, for id: TenantID, under wrapping: SymmetricKey) throws(Problem) -> Data {
        do {
            let bytes = key.withUnsafeBytes { Array($0) }
            guard let sealed = try AES.GCM.seal(bytes, using: wrapping, authenticating: place(id)).combined else {
                throw Problem(.internalFault, "a key could not be sealed")
            }
            return sealed
        } catch {
            throw Problem(wrapping: error, doing: "a key could not be sealed")
        }
    }

    private static func unwrap(_ sealed: Data, for id: TenantID, under wrapping: SymmetricKey) throws(Problem) -> SymmetricKey {
        do {
            return SymmetricKey(
                data: try AES.GCM.open(try AES.GCM.SealedBox(combined: sealed), using: wrapping, authenticating: place(id)))
        } catch {
            throw Problem(
                .internalFault, "the key of the backups of tenant \(id) could not be opened",
                hint: "backups.key of the data folder is not the one that sealed it; put the right one back")
        }
    }

    private static func place(_ id: TenantID) -> [UInt8] { Array("backup key/\(id)".utf8) }
}
