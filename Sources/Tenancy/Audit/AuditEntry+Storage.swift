import FoundationEssentials
package import GRDB
import Model
package import Store

/// The schema of a log, the same in each tenant's database and in the registry, and its rows.
package enum AuditSchema {
    package static let steps = [
        MigrationStep("audit 1 log") { database in
            try database.execute(
                sql: """
                    CREATE TABLE auditLog (
                        only INTEGER PRIMARY KEY CHECK (only = 1),
                        name TEXT NOT NULL
                    ) STRICT;
                    CREATE TABLE audit (
                        sequence INTEGER PRIMARY KEY NOT NULL,
                        time INTEGER NOT NULL,
                        kind TEXT NOT NULL,
                        request TEXT NOT NULL,
                        principal TEXT NOT NULL,
                        door TEXT NOT NULL,
                        method TEXT NOT NULL,
                        tenant TEXT NOT NULL,
                        subject TEXT NOT NULL,
                        outcome TEXT NOT NULL,
                        count INTEGER NOT NULL,
                        intent INTEGER,
                        previous BLOB NOT NULL,
                        digest BLOB NOT NULL
                    ) STRICT;
                    CREATE INDEX auditTime ON audit (time);
                    -- Intents whose outcome is not known yet.
                    CREATE TABLE auditOpen (sequence INTEGER PRIMARY KEY NOT NULL) STRICT;
                    CREATE TABLE auditCheckpoint (
                        sequence INTEGER NOT NULL,
                        kind TEXT NOT NULL,
                        digest BLOB NOT NULL,
                        time INTEGER NOT NULL,
                        signature BLOB NOT NULL,
                        PRIMARY KEY (sequence, kind)
                    ) STRICT;
                    """)
        }
    ]

    /// Begins a new log, as for a tenant from elsewhere: nobody here can vouch for the one it brought along.
    package static func startAnew(_ database: Database) throws {
        for table in ["audit", "auditOpen", "auditCheckpoint", "auditLog"] {
            try database.execute(sql: "DELETE FROM \(table)")
        }
    }

    /// Gives the log its number, once.
    private static func prepare(_ database: Database) throws {
        try database.execute(sql: "INSERT OR IGNORE INTO auditLog VALUES (1, lower(hex(randomblob(16))))")
    }

    /// The log's number; empty before the first entry.
    static func name(_ database: Database) throws -> String {
        try String.fetchOne(database, sql: "SELECT name FROM auditLog") ?? ""
    }

    /// Where the next entry goes: behind the last one, behind what was pruned, or at the beginning of a log that has its number.
    static func next(_ database: Database) throws -> (sequence: Int64, digest: [UInt8]) {
        let head = try head(database)
        guard head.sequence == 0 else { return head }
        try prepare(database)
        return try self.head(database)
    }

    /// The last entry, the last of those that were pruned, or the beginning.
    static func head(_ database: Database) throws -> (sequence: Int64, digest: [UInt8]) {
        for table in ["audit", "auditCheckpoint WHERE kind = 'anchor'"] {
            let row = try database.first("SELECT sequence, digest FROM \(table) ORDER BY sequence DESC LIMIT 1")
            if let row { return (row["sequence"], [UInt8](row["digest"] as Data)) }
        }
        return (0, AuditChain.origin(of: try name(database)))
    }

    static func checkpoints(_ database: Database) throws -> [AuditCheckpoint] {
        let log = try name(database)
        return try Row.fetchAll(database, sql: "SELECT * FROM auditCheckpoint ORDER BY sequence").map { row in
            AuditCheckpoint(
                // One that says neither holds no signature, whatever it is taken for.
                AuditCheckpoint.Kind(rawValue: row["kind"]) ?? .checkpoint, log: log, sequence: row["sequence"],
                digest: [UInt8](row["digest"] as Data), time: row["time"], signature: [UInt8](row["signature"] as Data))
        }
    }

    static func insert(_ checkpoint: AuditCheckpoint, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO auditCheckpoint (sequence, kind, digest, time, signature) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                checkpoint.sequence, checkpoint.kind.rawValue, Data(checkpoint.digest), checkpoint.time,
                Data(checkpoint.signature),
            ])
    }
}

extension AuditEntry {
    /// Nil for a row that no daemon wrote.
    init?(_ row: Row) {
        let tenant: String = row["tenant"]
        guard let kind = Kind(rawValue: row["kind"]), let door = AuditAttempt.Door(rawValue: row["door"]),
            tenant.isEmpty || TenantID(rawValue: tenant) != nil
        else { return nil }
        self.init(
            row["sequence"], row["time"], kind,
            AuditAttempt(
                request: row["request"], principal: row["principal"], door: door, method: row["method"],
                tenant: TenantID(rawValue: tenant), subject: row["subject"]),
            row["outcome"], row["count"], row["intent"], previous: [UInt8](row["previous"] as Data),
            digest: [UInt8](row["digest"] as Data))
    }

    func insert(into database: Database) throws {
        try database.run(
            """
            INSERT INTO audit (sequence, time, kind, request, principal, door, method, tenant, subject, outcome, count,
                intent, previous, digest)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                sequence, time, kind.rawValue, attempt.request, attempt.principal, attempt.door.rawValue, attempt.method,
                attempt.tenant?.rawValue ?? "", attempt.subject, outcome, count, intent, Data(previous), Data(digest),
            ])
    }
}
