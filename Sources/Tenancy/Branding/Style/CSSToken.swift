/// A token of CSS Syntax Level 3, section 4. Comments are none.
enum CSSToken: Sendable, Hashable {
    case ident(String)
    /// With its opening parenthesis.
    case function(String)
    case atKeyword(String)
    case hash(String)
    case string(String)
    case badString
    /// Whatever it points to: no address is ever let through.
    case url
    case delim(Unicode.Scalar)
    /// The number as its digits stand, and the unit behind it: empty for none, `%` for a percentage.
    case numeric(String, unit: String)
    case whitespace
    case cdo, cdc
    case colon, semicolon, comma
    case openBrace, closeBrace, openSquare, closeSquare, openParenthesis, closeParenthesis

    /// What ends the block that this token opens.
    var closer: CSSToken? {
        switch self {
        case .openBrace: .closeBrace
        case .openSquare: .closeSquare
        case .openParenthesis, .function: .closeParenthesis
        default: nil
        }
    }
}

/// A token where it stood.
struct CSSLexeme: Sendable, Hashable {
    let token: CSSToken
    /// From 1.
    let line: Int
    /// Whether any part of it was written with an escape.
    let isEscaped: Bool
}
