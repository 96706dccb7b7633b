import Crypto
import FoundationEssentials
import Glibc
package import Model
import Store

/// The daemon's key under the checkpoints of its logs (Ed25519, RFC 8032), in a file that only its user may read.
package struct AuditKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// The 32 bytes of the public key.
    package var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }

    /// Reads the key of a folder, or makes one where there is none.
    ///
    /// A key that others may read, or that is damaged, is refused: under a new one no earlier checkpoint would hold.
    package init(folder: String) throws(Problem) {
        let path = folder + "/key"
        guard let bytes = try Self.read(path) else {
            key = Curve25519.Signing.PrivateKey()
            try AuditWitness.replace(path, with: Array(key.rawRepresentation))
            return
        }
        do { key = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes) } catch { throw Self.damaged(path) }
    }

    func sign(_ text: String) throws(Problem) -> [UInt8] {
        do { return Array(try key.signature(for: Array(text.utf8))) } catch {
            throw Problem(.internalFault, "a checkpoint could not be signed", cause: String(describing: error))
        }
    }

    func holds(_ checkpoint: AuditCheckpoint) -> Bool {
        key.publicKey.isValidSignature(checkpoint.signature, for: Array(checkpoint.text.utf8))
    }

    private static func damaged(_ path: String) -> Problem {
        Problem(.internalFault, "the key of the audit logs is damaged: \(path)", hint: "restore it from a backup")
    }

    private static func read(_ path: String) throws(Problem) -> [UInt8]? {
        guard let file = OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else {
            if errno == ENOENT { return nil }
            throw Problem(file: path, "cannot read the key of the audit logs")
        }
        var status = stat()
        guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid(),
            status.st_mode & 0o077 == 0
        else {
            throw Problem(
                .permissionDenied, "others may read the key of the audit logs: \(path)",
                hint: "chmod 600 it, and take the checkpoints for what whoever could read it may have signed")
        }
        var bytes = [UInt8](repeating: 0, count: 33)
        guard pread(file.number, &bytes, bytes.count, 0) == 32 else { throw damaged(path) }
        return Array(bytes[..<32])
    }
}
