package import Model

/// An e-mail address by which a person is known: ASCII, without quotes and comments, in lower case.
///
/// Narrower than RFC 5321: what is refused is legal on paper, and in practice a trick or a mistake.
package struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) throws(Problem) {
        let lower = text.lowercased()
        guard Self.isAddress(lower) else {
            throw Problem(.invalidInput, "/email: not an e-mail address", hint: "for example ada@example.com, in ASCII")
        }
        self.text = lower
    }

    package var description: String { text }

    /// What stands before the `@`.
    var mailbox: Substring { text.prefix { $0 != "@" } }

    /// What stands behind it.
    var domain: Substring { text.dropFirst(mailbox.count + 1) }

    private static func isAddress(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard text.utf8.count <= 254, parts.count == 2, (1...64).contains(parts[0].count) else { return false }
        let mailbox = parts[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let labels = parts[1].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return mailbox.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAtom) }
            && labels.allSatisfy { TenantID(rawValue: String(decoding: $0, as: UTF8.self)) != nil }
    }

    /// RFC 5322 section 3.2.3.
    private static func isAtom(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }
}
