import Crypto
import Store

/// What opens a version of a workflow to whoever has it: 43 random letters of base64url's alphabet (258 bits; RFC 4648
/// section 5), which need no escaping in a path.
///
/// What is kept of it is `digest`. Its text is no part of a description, so that no log can have it by accident.
package struct ShareToken: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    package let text: String

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    private static let length = 43

    static func random() -> ShareToken {
        var generator = SystemRandomNumberGenerator()
        return ShareToken(letters: String(decoding: (0..<length).map { _ in alphabet.randomElement(using: &generator)! }, as: UTF8.self))
    }

    private init(letters: String) { text = letters }

    /// Nil for what is no such text.
    package init?(_ text: String) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(Self.alphabet.contains) else { return nil }
        self.text = text
    }

    /// SHA-256 in hexadecimal digits. A slow hash would protect nothing: there is no list of likely texts.
    var digest: String { BlobDigest(Array(SHA256.hash(data: Array(text.utf8)))).hexadecimal }

    package var description: String { "(a link's token)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
