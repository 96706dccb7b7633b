import Crypto
import Store

/// The text of an API key: `cloister_ENVIRONMENT_`, thirty random letters and digits, and six of a checksum.
///
/// The form is one that scanners for secrets find in texts, and the checksum tells a mistyped key from an unknown one
/// without asking anything. What is kept of a key is `digest`. Never part of a description.
package struct KeyText: Sendable, Hashable, CustomStringConvertible {
    /// Where a key is meant to be used. It changes nothing about what the key may do.
    package enum Environment: String, Sendable, CaseIterable {
        case live, test
    }

    package let text: String
    package let environment: Environment

    private static let brand = "cloister"
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let secretLength = 30
    private static let checksumLength = 6

    /// One that nobody can guess: 178 bits.
    package static func random(for environment: Environment) -> KeyText {
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<secretLength).map { _ in alphabet.randomElement(using: &generator)! }
        let body = "\(brand)_\(environment.rawValue)_\(String(decoding: secret, as: UTF8.self))"
        return KeyText(text: body + checksum(of: body), environment: environment)
    }

    private init(text: String, environment: Environment) {
        self.text = text
        self.environment = environment
    }

    /// Nil for what is no key, or one in which a character is wrong.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].elementsEqual(Self.brand.utf8),
            let environment = Environment(rawValue: String(decoding: parts[1], as: UTF8.self)),
            parts[2].count == Self.secretLength + Self.checksumLength,
            parts[2].allSatisfy(Self.alphabet.contains)
        else { return nil }
        let body = String(text.dropLast(Self.checksumLength))
        guard text.hasSuffix(Self.checksum(of: body)) else { return nil }
        self.init(text: text, environment: environment)
    }

    /// SHA-256 in hexadecimal digits. A slow hash would protect nothing: there is no list of likely keys.
    package var digest: String { BlobDigest(Array(SHA256.hash(data: Array(text.utf8)))).hexadecimal }

    /// The beginning, by which its owner recognises it: too little to guess the rest from.
    package var start: String { String(text.prefix(Self.brand.count + environment.rawValue.count + 2 + 4)) }

    package var description: String { "(key \(start)…)" }

    private static func checksum(of body: String) -> String {
        var rest = crc32(body.utf8)
        var digits: [UInt8] = []
        for _ in 0..<checksumLength {
            digits.append(alphabet[Int(rest % 62)])
            rest /= 62
        }
        return String(decoding: digits.reversed(), as: UTF8.self)
    }

    /// As in zlib and PNG (ISO 3309).
    static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }
}
