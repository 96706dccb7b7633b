import Crypto
import Glibc
import Model

/// Where the backups of one tenant stand.
///
/// ```
/// points/MARK/head           what the backup is, with the digests of the rest
/// points/MARK/index          the digests and sizes of its blobs
/// points/MARK/database       the tenant's database
/// blobs/NN/…                 the blobs of all of them, each once
/// incoming/                  what is being written
/// ```
///
/// Every file is sealed. The names of blobs are keyed digests, which tell nobody what they hold.
struct BackupFolder: Sendable {
    let path: String
    private let key: SymmetricKey
    private let names: SymmetricKey

    init(_ path: String, key: SymmetricKey) {
        self.path = path
        self.key = key
        names = SealedStream.key(key, [], "cloister backup names")
    }

    var pointsPath: String { path + "/points" }
    var blobsPath: String { path + "/blobs" }
    var incomingPath: String { path + "/incoming" }

    func pointPath(_ id: BackupID) -> String { "\(pointsPath)/\(id)" }

    func place(of digest: BlobDigest) -> String { blobsPath + "/" + name(of: digest) }

    /// Relative to `blobsPath`.
    func name(of digest: BlobDigest) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array(digest.hexadecimal.utf8), using: names)
        let digits = BlobDigest(Array(code)).hexadecimal
        return "\(digits.prefix(2))/\(digits.dropFirst(2))"
    }

    /// Makes the folders, and removes what an earlier run began. Blocks.
    func prepare() throws(Problem) {
        try FolderRemoval.remove(incomingPath)
        let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        for folder in [parent, path, pointsPath, blobsPath, incomingPath] { try StoreFolder.create(folder) }
    }

    /// The marks of the backups that there are, the oldest first. Blocks.
    func points() throws(Problem) -> [BackupID] {
        try FolderNames.list(pointsPath).compactMap { BackupID(rawValue: $0) }.sorted()
    }

    func writer(_ path: String, _ part: BackupPart) throws(Problem) -> SealedFileWriter {
        try SealedFileWriter(path, key: key, purpose: part.purpose)
    }

    func reader(_ path: String, _ part: BackupPart) throws(Problem) -> SealedFileReader {
        try SealedFileReader(path, key: key, purpose: part.purpose, named: part.noun)
    }
}

/// What a file of a backup is. It opens as nothing else.
enum BackupPart: Sendable {
    case head(BackupID)
    case index(BackupID)
    case database(BackupID)
    case blob(BlobDigest)

    var purpose: String { "cloister backup " + noun }

    var noun: String {
        switch self {
        case .head(let id): "the head of backup \(id)"
        case .index(let id): "the index of backup \(id)"
        case .database(let id): "the database of backup \(id)"
        case .blob(let digest): "the blob \(digest)"
        }
    }
}
