import Crypto
import Store

/// The text of an invitation, of a session or of whatever else opens something: `cloister_KIND_` and 43 random letters and digits (256 bits).
///
/// What is kept of it is `digest`. Never part of a description.
package struct AccessText: Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        case invitation, session, recovery
        /// Of a browser that nobody has logged in with yet.
        case form
    }

    package let text: String
    let kind: Kind

    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let length = 43

    package static func random(for kind: Kind) -> AccessText {
        AccessText(text: "cloister_\(kind.rawValue)_" + letters(), kind: kind)
    }

    /// As many random letters and digits as such a text has.
    static func letters() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(decoding: (0..<length).map { _ in alphabet.randomElement(using: &generator)! }, as: UTF8.self)
    }

    private init(text: String, kind: Kind) {
        self.text = text
        self.kind = kind
    }

    /// Nil for what is no such text.
    package init?(_ text: String, for kind: Kind) {
        let prefix = "cloister_\(kind.rawValue)_"
        guard text.utf8.count == prefix.utf8.count + Self.length, text.hasPrefix(prefix),
            text.utf8.dropFirst(prefix.utf8.count).allSatisfy(Self.alphabet.contains)
        else { return nil }
        self.init(text: text, kind: kind)
    }

    /// SHA-256 in hexadecimal digits. A slow hash would protect nothing: there is no list of likely texts.
    var digest: String { BlobDigest(Array(SHA256.hash(data: Array(text.utf8)))).hexadecimal }

    /// What a form of this session must bring beside the cookie: only who reads the pages of the session has it.
    package var formToken: String {
        let code = HMAC<SHA256>.authenticationCode(for: Array("form".utf8), using: SymmetricKey(data: Array(text.utf8)))
        return BlobDigest(Array(code)).hexadecimal
    }

    /// Whether this is the form's token, in a time that does not tell how much of it is right.
    package func accepts(formToken other: String) -> Bool {
        SecretCompare.isEqual(formToken, other)
    }

    package var description: String { "(\(kind.rawValue) text)" }
}
