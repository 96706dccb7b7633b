import Crypto
import FoundationEssentials
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
        let seed = try KeyFile.load(path, named: "the key of the audit logs")
        do { key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed.withUnsafeBytes { Array($0) }) } catch {
            throw Problem(.internalFault, "the key of the audit logs is damaged: \(path)", hint: "restore it from a backup")
        }
    }

    func sign(_ text: String) throws(Problem) -> [UInt8] {
        do { return Array(try key.signature(for: Array(text.utf8))) } catch {
            throw Problem(.internalFault, "a checkpoint could not be signed", cause: String(describing: error))
        }
    }

    func holds(_ checkpoint: AuditCheckpoint) -> Bool {
        key.publicKey.isValidSignature(checkpoint.signature, for: Array(checkpoint.text.utf8))
    }
}
