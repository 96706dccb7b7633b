import Crypto
import Store

/// A code in place of one of the app's, for whoever lost it: good once, 80 bits, kept as a digest.
struct RecoveryCode: Sendable, Hashable {
    static let count = 10

    /// Without hyphens, in capitals.
    private let letters: String

    static func random() -> RecoveryCode {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<10).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return RecoveryCode(letters: Base32.encode(bytes))
    }

    private init(letters: String) { self.letters = letters }

    /// Nil for what is none; hyphens, spaces and small letters do not matter.
    init?(_ text: String) {
        let letters = text.uppercased().filter { $0 != "-" && $0 != " " }
        guard letters.utf8.count == 16, Base32.decode(letters) != nil else { return nil }
        self.letters = letters
    }

    var text: String {
        stride(from: 0, to: 16, by: 4).map { start in String(letters.dropFirst(start).prefix(4)) }.joined(separator: "-")
    }

    var digest: String { BlobDigest(Array(SHA256.hash(data: Array(letters.utf8)))).hexadecimal }
}
