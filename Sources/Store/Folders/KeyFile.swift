package import Crypto
import Glibc
package import Model

/// Keys of 32 random bytes, each in a file that only the daemon's user may read.
package enum KeyFile {
    /// Reads the key of a file, or makes one where there is none. Blocks.
    ///
    /// A key that others may read, or that is damaged, is refused: a new one would make everything that it sealed
    /// unreadable. `noun` names it in a problem.
    package static func load(_ path: String, named noun: String) throws(Problem) -> SymmetricKey {
        guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else {
            guard errno == ENOENT else { throw Problem(file: path, "cannot open \(noun)") }
            try create(path, SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) })
            // Of several that were made at once the first one holds.
            return try load(path, named: noun)
        }
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw Problem(file: path, "cannot open \(noun)") }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw Problem(
                .permissionDenied, "others may read \(noun): \(path)",
                hint: "chmod 600 it, and consider what it seals known to whoever could read it")
        }
        var bytes = [UInt8](repeating: 0, count: 33)
        let outcome: Result<Int, Problem> = bytes.withUnsafeMutableBytes { buffer in
            do throws(Problem) { return .success(try file.read(into: buffer, at: 0, path)) } catch { return .failure(error) }
        }
        guard try outcome.get() == 32 else {
            throw Problem(.internalFault, "\(noun) is damaged: \(path)", hint: "restore it from a backup")
        }
        return SymmetricKey(data: bytes[..<32])
    }

    /// A whole key, or none where one is there already, or where a crash comes.
    private static func create(_ path: String, _ bytes: [UInt8]) throws(Problem) {
        let temporary = "\(path).\(String(UInt64.random(in: .min ... .max), radix: 16))"
        defer { unlink(temporary) }
        guard let file = OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600) else {
            throw Problem(file: temporary, "cannot make the key")
        }
        try file.write(bytes[...], temporary)
        guard fsync(file.number) == 0, Glibc.link(temporary, path) == 0 || errno == EEXIST else {
            throw Problem(file: path, "cannot keep the key")
        }
        try OpenFile.synchronizeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
    }
}
