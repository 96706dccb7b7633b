/// Why some bytes are not one JSON text that this project accepts, and at which byte.
package struct JSONFault: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Reason: String, Sendable {
        case unexpectedEnd = "unexpected end"
        case unexpectedByte = "unexpected character"
        case invalidNumber = "not a number"
        case invalidEscape = "invalid escape"
        case loneSurrogate = "half of a surrogate pair"
        case invalidUTF8 = "not UTF-8"
        case controlCharacter = "control character in a string"
        case duplicateKey = "duplicate key"
        case tooDeep = "nested too deeply"
        case trailingBytes = "text after the value"
    }

    package let reason: Reason
    package let offset: Int

    package init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "\(reason.rawValue) at byte \(offset)" }
}
