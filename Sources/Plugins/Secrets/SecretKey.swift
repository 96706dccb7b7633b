import Crypto
import FoundationEssentials
import Glibc
import Model
import Sandbox

/// The key that seals the tenants' secrets: 32 random bytes in a file that only the daemon's user may read.
struct SecretKey: Sendable {
    private let key: SymmetricKey

    /// Reads the key of a data folder, or makes one where there is none.
    ///
    /// A key that others may read, or that is damaged, is refused: a new one would make every secret unreadable.
    init(folder: String) throws(Problem) {
        let path = folder + "/secrets.key"
        if let bytes = try Self.read(path) {
            key = SymmetricKey(data: bytes)
            return
        }
        key = SymmetricKey(size: .bits256)
        try Self.create(path, key.withUnsafeBytes { Array($0) })
    }

    /// Seals a text for one place only: what is moved to another tenant or name cannot be opened there.
    func seal(_ text: String, for place: String) throws(Problem) -> [UInt8] {
        do {
            let box = try ChaChaPoly.seal(Array(text.utf8), using: key, authenticating: Array(place.utf8))
            return Array(box.combined)
        } catch {
            throw Problem(.internalFault, "secret could not be sealed", cause: String(describing: error))
        }
    }

    func open(_ sealed: [UInt8], for place: String) throws(Problem) -> String {
        do {
            let box = try ChaChaPoly.SealedBox(combined: sealed)
            return String(decoding: try ChaChaPoly.open(box, using: key, authenticating: Array(place.utf8)), as: UTF8.self)
        } catch {
            throw Problem(
                .internalFault, "secret could not be opened",
                hint: "secrets.key of the data folder is not the one that sealed it; restore it from a backup")
        }
    }

    private static func read(_ path: String) throws(Problem) -> [UInt8]? {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw Problem(systemCall: "open \(path)")
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw Problem(systemCall: "stat \(path)") }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw Problem(
                .permissionDenied, "others may read the key of the secrets: \(path)",
                hint: "chmod 600 it, and consider the secrets known to whoever could read it")
        }
        var bytes = [UInt8](repeating: 0, count: 33)
        let count = Glibc.read(file, &bytes, bytes.count)
        guard count == 32 else {
            throw Problem(.internalFault, "the key of the secrets is damaged: \(path)", hint: "restore it from a backup")
        }
        return Array(bytes[..<32])
    }

    /// Written under another name first: a crash leaves a whole key or none.
    private static func create(_ path: String, _ bytes: [UInt8]) throws(Problem) {
        let temporary = path + ".new"
        unlink(temporary)
        let file = Glibc.open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw Problem(systemCall: "open \(temporary)") }
        defer { close(file) }
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0, rename(temporary, path) == 0 else {
            throw Problem(systemCall: "writing \(path)")
        }
        let folder = Glibc.open(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Problem(systemCall: "opening the folder of \(path)") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw Problem(systemCall: "fsync") }
    }
}
