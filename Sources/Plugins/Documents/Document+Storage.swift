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
        }
    ]

    func insert(into database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO document (id, name, mediaType, size, digest, created, origin, source, metadata)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id.rawValue, name, mediaType, size.bytes, digest.description, created, origin?.rawValue,
                source?.rawValue, metadata?.compactText,
            ])
    }

    static func find(_ id: DocumentID, in database: Database) throws -> Document? {
        try Row.fetchOne(database, sql: "SELECT * FROM document WHERE id = ?", arguments: [id.rawValue])
            .map { try Document($0) }
    }

    /// The newest first, those older than `number`.
    static func page(before number: Int64, limit: Int, in database: Database) throws -> [(number: Int64, Document)] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM document WHERE number < ? ORDER BY number DESC LIMIT ?",
            arguments: [number, limit]
        ).map { ($0["number"], try Document($0)) }
    }

    static func isKept(_ digest: BlobDigest, in database: Database) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM document WHERE digest = ?)", arguments: [digest.description])
            ?? false
    }

    private init(_ row: Row) throws(Problem) {
        let metadata: String? = row["metadata"]
        guard let id = DocumentID(rawValue: row["id"]), let digest = BlobDigest(row["digest"]) else {
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
