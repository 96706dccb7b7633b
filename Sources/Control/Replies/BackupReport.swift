package import Model

/// A backup of a tenant.
package struct BackupReport: Hashable, Sendable {
    package struct Content: Hashable, Sendable {
        /// Everything that was committed before is in it. RFC 3339.
        package var mark: String
        package var databaseBytes: Int64
        package var blobs: Int
        package var blobBytes: Int64
        /// What was written for it; nil where it is not known any more.
        package var writtenBytes: Int64?

        package init(mark: String, databaseBytes: Int64, blobs: Int, blobBytes: Int64, writtenBytes: Int64?) {
            self.mark = mark
            self.databaseBytes = databaseBytes
            self.blobs = blobs
            self.blobBytes = blobBytes
            self.writtenBytes = writtenBytes
        }
    }

    package var id: BackupID
    /// Nil for one that cannot be read.
    package var content: Content?

    package init(id: BackupID, content: Content?) {
        self.id = id
        self.content = content
    }

    package init(_ value: JSONValue) throws(Problem) {
        let reply = try ReplyReader(value, "backup")
        id = try BackupID(try reply.string("backup"))
        guard try !reply.bool("damaged") else {
            content = nil
            return
        }
        content = Content(
            mark: try reply.string("mark"), databaseBytes: try reply.integer("databaseBytes"),
            blobs: Int(try reply.integer("blobs")), blobBytes: try reply.integer("blobBytes"),
            writtenBytes: reply["writtenBytes"]?.integer)
    }

    package var json: JSONValue {
        [
            "backup": .string(id.rawValue), "damaged": .bool(content == nil), "mark": JSONValue(content?.mark),
            "databaseBytes": JSONValue(content?.databaseBytes), "blobs": content.map { JSONValue($0.blobs) } ?? .null,
            "blobBytes": JSONValue(content?.blobBytes), "writtenBytes": JSONValue(content?.writtenBytes),
        ]
    }

    /// The reply of `tenant/backups`.
    package static func list(_ value: JSONValue) throws(Problem) -> [BackupReport] {
        try ReplyReader(value, "backup list").list("backups", BackupReport.init)
    }

    package static func json(_ backups: [BackupReport]) -> JSONValue { ["backups": .array(backups.map(\.json))] }
}
