import Crypto
import CryptoExtras
import FoundationEssentials
import Model

/// What is kept of a password: its scrypt digest with the salt and the parameters, in the PHC string format
/// `$scrypt$ln=16,r=8,p=2$SALT$DIGEST`.
struct PasswordDigest: Sendable, Hashable {
    let cost: PasswordCost
    private let salt: [UInt8]
    private let digest: [UInt8]

    private static let saltLength = 16
    private static let length = 32

    /// Blocks, for as long as the cost says.
    init(_ password: String, _ cost: PasswordCost) throws(Problem) {
        var generator = SystemRandomNumberGenerator()
        self.cost = cost
        salt = (0..<Self.saltLength).map { _ in .random(in: .min ... .max, using: &generator) }
        digest = try Self.derive(password, salt, cost)
    }

    /// Nil for what is no such text.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt" else { return nil }
        let numbers = parts[2].split(separator: ",").map { $0.split(separator: "=") }
        guard numbers.map(\.first) == ["ln", "r", "p"], numbers.allSatisfy({ $0.count == 2 }) else { return nil }
        let values = numbers.compactMap { Int($0[1]) }
        guard values.count == 3, let cost = PasswordCost(exponent: values[0], blockSize: values[1], parallelism: values[2]),
            let salt = Data(base64Encoded: String(parts[3])), let digest = Data(base64Encoded: String(parts[4])),
            salt.count == Self.saltLength, digest.count == Self.length
        else { return nil }
        self.cost = cost
        self.salt = Array(salt)
        self.digest = Array(digest)
    }

    var text: String {
        "$scrypt$ln=\(cost.exponent),r=\(cost.blockSize),p=\(cost.parallelism)"
            + "$\(Data(salt).base64EncodedString())$\(Data(digest).base64EncodedString())"
    }

    /// Whether it is that of the password. Blocks, as long for a wrong one as for the right one.
    func matches(_ password: String) throws(Problem) -> Bool {
        let other = try Self.derive(password, salt, cost)
        return zip(digest, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    static func derive(_ password: String, _ salt: [UInt8], _ cost: PasswordCost) throws(Problem) -> [UInt8] {
        do {
            let key = try KDF.Scrypt.deriveKey(
                from: Array(password.utf8), salt: salt, outputByteCount: length, rounds: 1 << cost.exponent,
                blockSize: cost.blockSize, parallelism: cost.parallelism)
            return key.withUnsafeBytes { Array($0) }
        } catch {
            throw Problem(.internalFault, "a password could not be digested", cause: String(describing: error))
        }
    }
}
