/// A JSON value (RFC 8259). Numbers stay as they were written; an object keeps the first of members with one name.
enum JSON {
    case null
    case bool(Bool)
    case number([UInt8])
    case string(String)
    case array([JSON])
    case object([String: JSON])

    subscript(name: String) -> JSON? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// Milliseconds, a count: what a host writes without a fraction. Nil for all other numbers.
    var integer: Int? {
        if case .number(let digits) = self { Int(String(decoding: digits, as: UTF8.self)) } else { nil }
    }

    /// An id as the text that goes back: a string or an integer, anything else is none (JSON-RPC 2.0, section 4).
    var identifier: String? {
        switch self {
        case .string(let text): Self.quoted(text)
        case .number(let digits) where integer != nil: String(decoding: digits, as: UTF8.self)
        default: nil
        }
    }

    /// A JSON string with its quotes.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{00}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
