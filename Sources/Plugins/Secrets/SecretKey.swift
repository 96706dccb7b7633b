import Crypto
import FoundationEssentials
import Model
import Store

/// The key that seals the tenants' secrets: 32 random bytes in a file that only the daemon's user may read.
struct SecretKey: Sendable {
    private let key: SymmetricKey

    /// Reads the key of a data folder, or makes one where there is none.
    ///
    /// A key that others may read, or that is damaged, is refused: a new one would make every secret unreadable.
    init(folder: String) throws(Problem) {
        key = try KeyFile.load(folder + "/secrets.key", named: "the key of the secrets")
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
}
