import GRDB
import Model
package import Store

extension Document {
    /// What the tenants' databases need for documents.
    package static let steps = [
        MigrationStep("plugins 5 documents") { database in
            try database.execute(
                sql: """
                    CREATE TABLE document (
                        number INTEGER PRIMARY KEY AUTOINCREMENT,
                        id TEXT UNIQUE NOT NULL,
                        name TEXT NOT NULL,
                        mediaType TEXT NOT NULL,
                        size INTEGER NOT NULL,
                        digest TEXT NOT NULL,
                        created INTEGER NOT NULL,
                        origin TEXT,
                        source TEXT,
                        metadata TEXT
                    ) STRICT;
                    CREATE INDEX documentDigest ON document (digest);
                    """)
        },
        MigrationStep("plugins 6 arrivals") { database in
            try database.execute(sql: "ALTER TABLE document ADD COLUMN arriving INTEGER NOT NULL DEFAULT 0")
        },
    ]

    /// One that is `arriving` is found by its id only, and is not yet the tenant's.
    func insert(into database: Database, arriving: Bool) throws {
        try database.execute(
            sql: """
                INSERT INTO document (id, name, mediaType, size, digest, created, origin, source, metadata, arriving)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id.rawValue, name, mediaType, size.bytes, digest.description, created, origin?.rawValue,
                source?.rawValue, metadata?.compactText, arriving,
            ])
    }

    static func find(_ id: DocumentID, in database: Database) throws -> Document? {
        try Row.fetchOne(database, sql: "SELECT * FROM document WHERE id = ?", arguments: [id.rawValue])
            .map { try Document($0) }
    }

    /// The newest first, those older than `number`.
    static func page(before number: Int64, limit: Int, in database: Database) throws -> [(number: Int64, Document)] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM document WHERE number < ? AND NOT arriving ORDER BY number DESC LIMIT ?",
            arguments: [number, limit]
        ).map { ($0["number"], try Document($0)) }
    }

    static func isKept(_ digest: BlobDigest, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM document WHERE digest = ?)", arguments: [digest.description])
            ?? false
    }

    /// Documents that have not been let in, by id.
    static func arriving(in database: Database) throws -> [DocumentID] {
        try String.fetchAll(database, sql: "SELECT id FROM document WHERE arriving").compactMap { DocumentID(rawValue: $0) }
    }

    /// What documents have as their content, of the blobs whose digits begin with `part`.
    static func digests(of part: String, in database: Database) throws -> Set<String> {
        // `g` follows the digits.
        try String.fetchSet(
            database, sql: "SELECT digest FROM document WHERE digest >= ? AND digest < ?",
            arguments: ["sha256:\(part)", "sha256:\(part)g"])
    }

    /// The number of the newest document; later ones have higher numbers.
    static func newest(in database: Database) throws -> Int64 {
        try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'document'") ?? 0
    }

    private init(_ row: Row) throws(Problem) {
        let metadata: String? = row["metadata"]
        guard let id = DocumentID(rawValue: row["id"]), let digest = BlobDigest(row["digest"]),
            (try? Self.check(name: row["name"])) != nil
        else {
            throw Problem(.internalFault, "the tenant's database holds a document that none can be")
        }
        let origin: String? = row["origin"]
        let source: String? = row["source"]
        self.init(
            id: id, name: row["name"], mediaType: row["mediaType"], size: ByteSize(bytes: row["size"]), digest: digest,
            created: row["created"], origin: origin.flatMap(PluginID.init(rawValue:)),
            source: source.flatMap(DocumentID.init(rawValue:)), metadata: nil)
        if let metadata { self.metadata = try JSONValue.parse(metadata, as: "stored metadata of \(id)") }
    }
}
