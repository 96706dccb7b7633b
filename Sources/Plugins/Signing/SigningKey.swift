import Crypto
import FoundationEssentials
import Glibc
package import Model
import Store

/// An author's private Ed25519 key, in the file format that OpenSSL reads and writes: PEM around PKCS #8 (RFC 8410).
package struct SigningKey: Sendable {
    static let pemHeader = "-----BEGIN PRIVATE KEY-----"
    private static let pemFooter = "-----END PRIVATE KEY-----"
    /// What PKCS #8 puts before the 32 bytes of an Ed25519 key (RFC 8410, section 7).
    private static let prefix: [UInt8] = [0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20]

    private let key: Curve25519.Signing.PrivateKey

    package init() { key = Curve25519.Signing.PrivateKey() }

    package var publicKey: PublicKey { PublicKey(key.publicKey) }

    /// Reads a key's file. Throws `permissionDenied` when others may read it too: a key that is not secret signs nothing.
    package init(file path: String) throws(Problem) {
        guard let file = OpenFile(path, O_RDONLY | O_NONBLOCK) else {
            let code: Problem.Code = errno == ENOENT ? .notFound : .permissionDenied
            throw Problem(code, "cannot read the key: \(path)", cause: String(cString: strerror(errno)))
        }
        var status = stat()
        guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size < 4096 else {
            throw Problem(.invalidInput, "not a private key: \(path)", hint: "make one with `cloister plugin keygen`")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw Problem(.permissionDenied, "others may read the private key: \(path)", hint: "chmod 600 \(path)")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let outcome: Result<Int, Problem> = bytes.withUnsafeMutableBytes { buffer in
            do throws(Problem) { return .success(try file.read(into: buffer, at: 0, path)) } catch { return .failure(error) }
        }
        bytes.removeLast(bytes.count - (try outcome.get()))
        guard let key = Self.key(pem: String(decoding: bytes, as: UTF8.self)) else {
            throw Problem(
                .invalidInput, "not an Ed25519 private key: \(path)", hint: "make one with `cloister plugin keygen`")
        }
        self.key = key
    }

    /// Writes the key to a new file that only its owner may read.
    package func write(to path: String) throws(Problem) {
        guard access(path, F_OK) != 0 else {
            throw Problem(.conflict, "there is a file already: \(path)", hint: "a key that is overwritten is gone for good")
        }
        let body = Data(Self.prefix + key.rawRepresentation).base64EncodedString()
        let text = "\(Self.pemHeader)\n\(body)\n\(Self.pemFooter)\n"
        try PackageWriter.replace(path, mode: 0o600) { (file) throws(Problem) in try file.write(Array(text.utf8)[...], path) }
    }

    func sign(_ bytes: [UInt8]) throws(Problem) -> [UInt8] {
        do {
            return Array(try key.signature(for: bytes))
        } catch {
            throw Problem(.internalFault, "cannot sign", cause: String(describing: error))
        }
    }

    private static func key(pem text: String) -> Curve25519.Signing.PrivateKey? {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.count >= 3, lines.first == pemHeader[...], lines.last == pemFooter[...],
            let bytes = Data(base64Encoded: lines.dropFirst().dropLast().joined()), bytes.starts(with: prefix),
            bytes.count == prefix.count + 32
        else { return nil }
        return try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes.dropFirst(prefix.count))
    }
}
