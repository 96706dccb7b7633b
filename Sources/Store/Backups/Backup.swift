package import Model

/// A backup of a tenant: everything that was committed before its mark is in it.
package struct Backup: Sendable, Hashable {
    package let id: BackupID
    /// Milliseconds since 1970 (UTC).
    package let mark: Int64
    package let databaseSize: ByteSize
    package let blobs: Int
    /// All blobs together.
    package let blobSize: ByteSize
    /// Of that, what no earlier backup had; nil where it is not known any more.
    package var written: ByteSize?
    let databaseDigest: BlobDigest
    let indexDigest: BlobDigest

    static let format: Int64 = 1
    static let headLimit = 1 << 16

    var head: JSONValue {
        [
            "format": .integer(Self.format), "backup": .string(id.rawValue), "mark": .integer(mark),
            "database": ["size": .integer(databaseSize.bytes), "digest": .string(databaseDigest.description)],
            "index": [
                "count": JSONValue(blobs), "size": .integer(blobSize.bytes), "digest": .string(indexDigest.description),
            ],
        ]
    }

    init(
        id: BackupID, mark: Int64, databaseSize: ByteSize, databaseDigest: BlobDigest, blobs: Int, blobSize: ByteSize,
        indexDigest: BlobDigest
    ) {
        self.id = id
        self.mark = mark
        self.databaseSize = databaseSize
        self.blobs = blobs
        self.blobSize = blobSize
        self.databaseDigest = databaseDigest
        self.indexDigest = indexDigest
    }

    /// Reads a head strictly, whoever wrote it.
    init(head bytes: [UInt8]) throws(Problem) {
        let value = try JSONValue.parse(bytes, as: "the head of the backup")
        guard value["format"]?.integer == Self.format else {
            throw Problem(.unsupported, "the backup has a format that this version of cloister does not know")
        }
        guard let id = value["backup"]?.string.flatMap(BackupID.init(rawValue:)), let mark = value["mark"]?.integer,
            let size = value["database"]?["size"]?.integer, size >= 0,
            let digest = value["database"]?["digest"]?.string.flatMap(BlobDigest.init(_:)),
            let count = value["index"]?["count"]?.integer.flatMap(Int.init(exactly:)), count >= 0,
            let blobSize = value["index"]?["size"]?.integer, blobSize >= 0,
            let index = value["index"]?["digest"]?.string.flatMap(BlobDigest.init(_:))
        else { throw Problem(.invalidInput, "the head of the backup is not one") }
        self.init(
            id: id, mark: mark, databaseSize: ByteSize(bytes: size), databaseDigest: digest, blobs: count,
            blobSize: ByteSize(bytes: blobSize), indexDigest: index)
    }
}

/// The name and size of a blob, as backups and exports list them: 32 bytes and 8, the most significant first.
struct BlobEntry: Sendable, Hashable {
    static let size = 40
    let digest: BlobDigest
    let size: Int64

    init(digest: BlobDigest, size: Int64) {
        self.digest = digest
        self.size = size
    }

    var bytes: [UInt8] { digest.raw + withUnsafeBytes(of: size.bigEndian) { Array($0) } }

    /// From exactly `size` bytes; nil for a size that none can be.
    init?(_ bytes: [UInt8]) {
        let size = bytes.dropFirst(32).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard bytes.count == Self.size, let size = Int64(exactly: size) else { return nil }
        self.init(digest: BlobDigest(Array(bytes.prefix(32))), size: size)
    }
}
