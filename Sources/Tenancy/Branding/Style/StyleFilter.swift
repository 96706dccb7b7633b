/// What of a tenant's style reaches the pages: read by the rules of CSS Syntax Level 3, admitted part by part, and written
/// anew from what was admitted. Nothing of the text itself is passed on.
///
/// Total, and linear in the length of the text: each token is looked at once at each of at most two levels.
package struct StyleFilter: Sendable {
    /// What is served.
    package private(set) var css = ""
    /// In the order of their lines; at most `mostDrops`.
    package private(set) var drops: [StyleDrop] = []
    /// Parts that were dropped beyond those.
    package private(set) var untold = 0

    static let mostDrops = 100
    static let mostRules = 1000

    private let tokens: [CSSLexeme]
    private var index = 0
    private var rules = 0

    package init(_ text: String) {
        tokens = CSSTokenizer.tokens(of: text)
        css = sheet(isNested: false)
    }

    /// Rules up to the end, or to the brace that closes a block of rules.
    private mutating func sheet(isNested: Bool) -> String {
        var text = ""
        while index < tokens.count {
            let lexeme = tokens[index]
            switch lexeme.token {
            case .whitespace, .cdo, .cdc, .semicolon: index += 1
            case .closeBrace:
                index += 1
                if isNested { return text }
                drop(lexeme, "}", .malformed)
            case .atKeyword(let name): text += atRule(name, lexeme, isNested: isNested)
            default: text += rule(isNested: isNested)
            }
        }
        guard isNested, let last = tokens.last else { return text }
        drop(last, "@media", .unclosed)
        return ""
    }

    private mutating func atRule(_ name: String, _ lexeme: CSSLexeme, isNested: Bool) -> String {
        index += 1
        let prelude = take { $0 == .openBrace || $0 == .semicolon || isNested && $0 == .closeBrace }
        guard name.lowercased() == "media", !lexeme.isEscaped, !isNested, isAt(.openBrace) else {
            drop(lexeme, "@" + name, lexeme.isEscaped ? .escape : .atRule(name))
            if isAt(.openBrace) { skipBlock() } else if isAt(.semicolon) { index += 1 }
            return ""
        }
        do throws(StyleDrop.Reason) {
            let condition = try Self.condition(prelude)
            index += 1
            let inner = sheet(isNested: true)
            return inner.isEmpty ? "" : "@media \(condition) {\n\(inner)}\n"
        } catch {
            drop(lexeme, "@media", error)
            skipBlock()
            return ""
        }
    }

    private mutating func rule(isNested: Bool) -> String {
        let first = tokens[index]
        let prelude = take { $0 == .openBrace || isNested && $0 == .closeBrace }
        let what = Self.source(prelude)
        guard isAt(.openBrace) else {
            drop(first, what, index < tokens.count ? .malformed : .unclosed)
            return ""
        }
        rules += 1
        let selector: Result<String, StyleDrop.Reason>
        do throws(StyleDrop.Reason) {
            guard rules <= Self.mostRules else { throw .tooMuch("more than \(Self.mostRules) rules") }
            selector = .success(try StyleSelector.read(prelude.trimmed))
        } catch {
            selector = .failure(error)
        }
        guard case .success(let selector) = selector else {
            if case .failure(let reason) = selector { drop(first, what, reason) }
            skipBlock()
            return ""
        }
        index += 1
        guard let declarations = declarations() else {
            drop(first, what, .unclosed)
            return ""
        }
        return declarations.isEmpty ? "" : "\(selector) { \(declarations.joined(separator: " ")) }\n"
    }

    /// Nil where the block is not closed.
    private mutating func declarations() -> [String]? {
        var texts: [String] = []
        while index < tokens.count {
            let first = tokens[index]
            switch first.token {
            case .whitespace, .semicolon: index += 1
            case .closeBrace:
                index += 1
                return texts
            default:
                let parts = take { $0 == .semicolon || $0 == .closeBrace }
                do throws(StyleDrop.Reason) {
                    texts.append(try Self.declaration(parts))
                } catch {
                    drop(first, Self.source(parts), error)
                }
            }
        }
        return nil
    }

    private static func declaration(_ parts: ArraySlice<CSSLexeme>) throws(StyleDrop.Reason) -> String {
        guard let first = parts.first else { throw .malformed }
        if case .atKeyword(let name) = first.token { throw .atRule(name) }
        guard case .ident(let name) = first.token else { throw .malformed }
        guard !first.isEscaped else { throw .escape }
        let rest = parts.dropFirst().trimmed
        guard rest.first?.token == .colon else { throw .malformed }
        let property = name.lowercased()
        return "\(property): \(try StyleValue.read(rest.dropFirst().trimmed, of: property));"
    }

    /// A media query of words and of features in parentheses.
    private static func condition(_ prelude: ArraySlice<CSSLexeme>) throws(StyleDrop.Reason) -> String {
        var text = ""
        var isInside = false
        guard !prelude.contains(where: \.isEscaped) else { throw .escape }
        guard prelude.count <= 64 else { throw .tooMuch("a condition of more than 64 parts") }
        for lexeme in prelude {
            let part: String
            switch lexeme.token {
            case .whitespace: continue
            case .openParenthesis where !isInside: (part, isInside) = ("(", true)
            case .closeParenthesis where isInside: (part, isInside) = (")", false)
            case .comma where !isInside: part = ","
            case .colon where isInside: part = ":"
            case .ident(let word)
            where (isInside ? StyleRules.mediaFeatures : []).union(StyleRules.mediaWords).contains(word.lowercased()):
                part = word.lowercased()
            case .numeric(let digits, let unit)
            where isInside && digits.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E } && digits.utf8.count <= 6
                && ["px", "em", "rem"].contains(unit.lowercased()):
                part = digits + unit.lowercased()
            default: throw .value("this condition")
            }
            text += (text.isEmpty ? "" : " ") + part
        }
        guard !isInside, !text.isEmpty else { throw .value("this condition") }
        return text
    }

    /// The tokens up to the first outside of every bracket that `ends`, or to the end of the text.
    private mutating func take(until ends: (CSSToken) -> Bool) -> ArraySlice<CSSLexeme> {
        let start = index
        var closers: [CSSToken] = []
        while index < tokens.count {
            let token = tokens[index].token
            if closers.isEmpty, ends(token) { break }
            if let closer = token.closer {
                closers.append(closer)
            } else if token == closers.last {
                closers.removeLast()
            }
            index += 1
        }
        return tokens[start..<index]
    }

    /// From the brace that opens a block to behind the one that closes it.
    private mutating func skipBlock() {
        index += 1
        _ = take { $0 == .closeBrace }
        index += 1
    }

    private func isAt(_ token: CSSToken) -> Bool { index < tokens.count && tokens[index].token == token }

    private mutating func drop(_ lexeme: CSSLexeme, _ what: String, _ reason: StyleDrop.Reason) {
        guard drops.count < Self.mostDrops else {
            untold += 1
            return
        }
        drops.append(StyleDrop(line: lexeme.line, what: what, reason))
    }

    /// The beginning of what stood there, for people.
    private static func source(_ tokens: ArraySlice<CSSLexeme>) -> String {
        tokens.prefix(16).map { lexeme in
            switch lexeme.token {
            case .ident(let text): text
            case .function(let text): text + "("
            case .atKeyword(let text): "@" + text
            case .hash(let text): "#" + text
            case .string(let text): "\"\(text)\""
            case .badString: "\"…"
            case .url: "url(…)"
            case .delim(let scalar): String(Character(scalar))
            case .numeric(let digits, let unit): digits + unit
            case .whitespace: " "
            case .cdo: "<!--"
            case .cdc: "-->"
            case .colon: ":"
            case .semicolon: ";"
            case .comma: ","
            case .openBrace: "{"
            case .closeBrace: "}"
            case .openSquare: "["
            case .closeSquare: "]"
            case .openParenthesis: "("
            case .closeParenthesis: ")"
            }
        }.joined()
    }
}

extension ArraySlice<CSSLexeme> {
    /// Without blanks at either end.
    fileprivate var trimmed: ArraySlice<CSSLexeme> {
        var rest = self
        while rest.first?.token == .whitespace { rest.removeFirst() }
        while rest.last?.token == .whitespace { rest.removeLast() }
        return rest
    }
}
