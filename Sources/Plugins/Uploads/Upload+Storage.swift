import GRDB
import Model
package import Store

extension Upload {
    /// What the tenants' databases need for uploads.
    package static let steps = [
        MigrationStep("plugins 7 uploads") { database in
            try database.execute(
                sql: """
                    CREATE TABLE upload (
                        id TEXT PRIMARY KEY NOT NULL,
                        name TEXT NOT NULL,
                        mediaType TEXT,
                        size INTEGER NOT NULL,
                        digest TEXT,
                        received INTEGER NOT NULL,
                        created INTEGER NOT NULL,
                        expires INTEGER NOT NULL,
                        document TEXT
                    ) STRICT
                    """)
        }
    ]

    /// Throws `quotaExceeded` where the tenant has too many that are not finished.
    func insert(into database: Database) throws {
        let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM upload WHERE document IS NULL") ?? 0
        guard count < Self.limit else {
            throw Problem(
                .quotaExceeded, "\(Self.limit) uploads are not finished", hint: "finish or cancel one: cloister upload list shows them")
        }
        try database.execute(
            sql: """
                INSERT INTO upload (id, name, mediaType, size, digest, received, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [id.rawValue, name, mediaType, size.bytes, digest?.description, offset, created, expires])
    }

    static func find(_ id: UploadID, in database: Database) throws -> Upload? {
        try Row.fetchOne(database, sql: "SELECT * FROM upload WHERE id = ?", arguments: [id.rawValue]).map { try Upload($0) }
    }

    /// The newest first.
    static func all(in database: Database) throws -> [Upload] {
        try Row.fetchAll(database, sql: "SELECT * FROM upload ORDER BY created DESC, id").map { try Upload($0) }
    }

    static func advance(_ id: UploadID, to offset: Int64, expires: Int64, in database: Database) throws {
        try database.execute(
            sql: "UPDATE upload SET received = ?, expires = ? WHERE id = ?", arguments: [offset, expires, id.rawValue])
    }

    static func finish(_ id: UploadID, as document: DocumentID, expires: Int64, in database: Database) throws {
        try database.execute(
            sql: "UPDATE upload SET document = ?, expires = ? WHERE id = ?", arguments: [document.rawValue, expires, id.rawValue])
        try database.execute(
            sql: """
                DELETE FROM upload WHERE id IN (
                    SELECT id FROM upload WHERE document IS NOT NULL ORDER BY expires DESC LIMIT -1 OFFSET ?
                )
                """,
            arguments: [rememberedLimit])
    }

    static func delete(_ id: UploadID, in database: Database) throws {
        try database.execute(sql: "DELETE FROM upload WHERE id = ?", arguments: [id.rawValue])
    }

    private init(_ row: Row) throws(Problem) {
        guard let id = UploadID(rawValue: row["id"]), (try? Document.check(name: row["name"])) != nil else {
            throw Problem(.internalFault, "the tenant's database holds an upload that none can be")
        }
        let (digest, document): (String?, String?) = (row["digest"], row["document"])
        self.init(
            id: id, name: row["name"], mediaType: row["mediaType"], size: ByteSize(bytes: row["size"]),
            digest: digest.flatMap { BlobDigest($0) }, offset: row["received"], created: row["created"], expires: row["expires"],
            document: document.flatMap(DocumentID.init(rawValue:)))
    }
}
