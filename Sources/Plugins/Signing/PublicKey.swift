import Crypto
import FoundationEssentials
import Glibc
package import Model
import Store

/// A public Ed25519 key, written as the base64 of its SubjectPublicKeyInfo (RFC 8410): the middle line of a PEM file.
package struct PublicKey: Hashable, Sendable, CustomStringConvertible {
    private static let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]

    private let bytes: [UInt8]

    init(_ key: Curve25519.Signing.PublicKey) { bytes = Array(key.rawRepresentation) }

    /// Reads the base64 text, with or without the lines of a PEM file around it.
    package init(_ text: String) throws(Problem) {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }
        guard let info = Data(base64Encoded: lines.joined()), info.count == Self.prefix.count + 32,
            info.starts(with: Self.prefix),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: info.dropFirst(Self.prefix.count))
        else {
            throw Problem(
                .invalidInput, "not an Ed25519 public key: \(String(text.prefix(80)).debugDescription)",
                hint: "the text that `cloister plugin keygen` prints: MCowBQYDK2VwAyEA…")
        }
        self.init(key)
    }

    /// Reads a file that holds the text.
    package init(file path: String) throws(Problem) {
        let source = try PackageSource(file: path)
        guard source.size < 4096 else { throw Problem(.invalidInput, "not a public key: \(path)") }
        try self.init(String(decoding: try source.bytes(0..<source.size), as: UTF8.self))
    }

    /// Writes the key as PEM.
    package func write(to path: String) throws(Problem) {
        try PackageWriter.replace(path) { (file) throws(Problem) in try file.write(Array(pem.utf8)[...], path) }
    }

    package var description: String { information.base64EncodedString() }

    package var pem: String { "-----BEGIN PUBLIC KEY-----\n\(description)\n-----END PUBLIC KEY-----\n" }

    /// Names the key in signatures: SHA-256 of the SubjectPublicKeyInfo, in hexadecimal.
    package var identifier: String {
        SHA256.hash(data: information).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }

    func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: self.bytes) else { return false }
        return key.isValidSignature(signature, for: bytes)
    }

    private var information: Data { Data(Self.prefix + bytes) }
}
