/// Foreign bytes as text that no terminal, log or page can be misled with.
///
/// Escaped as `\n`, `\u{1B}` or `\x{FF}`: control characters, line and paragraph separators, characters that change
/// the direction of text, and bytes that are not UTF-8. The backslash itself is doubled, so that no two inputs look
/// alike.
package enum PrintableText {
    /// The first `limit` bytes, less a character that the limit cuts through, and `…` where more follow.
    package static func excerpt(of bytes: UnsafeRawBufferPointer, limit: Int) -> String {
        guard bytes.count > limit else { return text(of: bytes) }
        var end = limit
        // Steps back over the continuation bytes of a cut character, three at most.
        while end > max(0, limit - 3), bytes[end] & 0xC0 == 0x80 { end -= 1 }
        if bytes[end] & 0xC0 == 0x80 { end = limit }
        return text(of: UnsafeRawBufferPointer(rebasing: bytes[..<end])) + "…"
    }

    package static func text(of string: String) -> String {
        var string = string
        return string.withUTF8 { text(of: UnsafeRawBufferPointer($0)) }
    }

    private static func text(of bytes: UnsafeRawBufferPointer) -> String {
        var text = ""
        text.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            // A character has four bytes at most; decoding is done on so many and only the first is taken.
            let window = UnsafeRawBufferPointer(rebasing: bytes[index..<min(index + 4, bytes.count)])
            var decoder = Unicode.UTF8()
            var iterator = window.makeIterator()
            if case .scalarValue(let scalar) = decoder.decode(&iterator) {
                append(scalar, to: &text)
                index += UTF8.width(scalar)
            } else {
                text += "\\x{" + String(bytes[index], radix: 16, uppercase: true) + "}"
                index += 1
            }
        }
        return text
    }

    private static func append(_ scalar: Unicode.Scalar, to text: inout String) {
        switch scalar {
        case "\\": text += "\\\\"
        case "\n": text += "\\n"
        case "\r": text += "\\r"
        case "\t": text += "\\t"
        case _ where misleads(scalar): text += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
        default: text.unicodeScalars.append(scalar)
        }
    }

    /// Control and format characters, separators and private use; a space is none of them.
    private static func misleads(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: true
        default: false
        }
    }
}
