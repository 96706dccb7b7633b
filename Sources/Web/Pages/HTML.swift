/// A piece of a page. What stands in a literal is markup; what is put in is text, and is escaped, unless it is itself HTML.
///
/// Good for text between tags and within quoted attributes. An address that somebody else chose does not belong in `href`.
struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation {
    let text: String

    init(stringLiteral text: String) { self.text = text }
    init(stringInterpolation parts: StringInterpolation) { text = parts.text }
    fileprivate init(markup: String) { text = markup }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity + 16 * interpolationCount) }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ value: String) { text += HTML.escaped(value) }
        mutating func appendInterpolation(_ value: Int) { text += String(value) }
        mutating func appendInterpolation(_ part: HTML) { text += part.text }
        /// Nothing where there is nothing.
        mutating func appendInterpolation(_ part: HTML?) { text += part?.text ?? "" }
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension Sequence<HTML> {
    /// One after the other.
    func joined() -> HTML { HTML(markup: map(\.text).joined(separator: "\n")) }
}
