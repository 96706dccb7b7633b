/// Text from elsewhere made safe to show: what a plugin wrote must not move a cursor, colour a terminal, forge a line
/// or turn the direction of what follows.
enum PlainText {
    /// With every unsafe character as `\n`, `\t`, `\r` or `\u{1B}`.
    static func escaping(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where isUnsafe(scalar):
                result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// The lines of a text, each escaped. Texts that came over the wire have their line breaks as `\n` and their
    /// backslashes doubled; both are undone.
    static func lines(of text: String) -> [String] {
        var plain = ""
        var isEscaped = false
        for character in text {
            switch (isEscaped, character) {
            case (false, "\\"): isEscaped = true
            case (false, _): plain.append(character)
            case (true, "n"): (plain, isEscaped) = (plain + "\n", false)
            case (true, "\\"): (plain, isEscaped) = (plain + "\\", false)
            case (true, _): (plain, isEscaped) = (plain + "\\" + String(character), false)
            }
        }
        return plain.split(whereSeparator: \.isNewline).map { escaping(String($0)) }
    }

    /// JSON text with what is still unsafe in its strings as `\u009b`, which means the same to whoever reads JSON.
    static func escapingJSON(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isUnsafe(scalar), scalar != "\n" {
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Control characters of both ranges, line and paragraph separators, and the marks that change direction.
    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
