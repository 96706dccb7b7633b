/// The name of a blob: the SHA-256 of its bytes, `sha256:` and 64 hexadecimal digits.
package struct BlobDigest: Hashable, Sendable, CustomStringConvertible {
    private let bytes: [UInt8]

    /// From the 32 bytes of a SHA-256.
    package init(_ bytes: [UInt8]) {
        precondition(bytes.count == 32)
        self.bytes = bytes
    }

    /// Reads the text form; nil for anything else, so that no path can be smuggled in as a digest.
    package init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 71, text.hasPrefix("sha256:") else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 7, to: 71, by: 2) {
            guard let high = Self.value(digits[index]), let low = Self.value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self.bytes = bytes
    }

    /// The 32 bytes.
    var raw: [UInt8] { bytes }

    /// The lower-case digits alone.
    package var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    package var description: String { "sha256:" + hexadecimal }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }
}
