/// Reads the selectors of a rule; gives them back within the scope, or says why not.
enum StyleSelector {
    /// Every selector of a tenant begins here: the content of an ordinary page.
    static let scope = ".branded"

    static func read(_ prelude: ArraySlice<CSSLexeme>) throws(StyleDrop.Reason) -> String {
        guard !prelude.contains(where: \.isEscaped) else { throw .escape }
        let parts = prelude.split(separator: CSSToken.comma, maxSplits: 32)
        guard parts.count <= 32 else { throw .tooMuch("more than 32 selectors in a rule") }
        var selectors: [String] = []
        for part in parts { selectors.append(try selector(part)) }
        return selectors.joined(separator: ", ")
    }

    private static func selector(_ tokens: ArraySlice<CSSLexeme>) throws(StyleDrop.Reason) -> String {
        var text = ""
        var combinator = " "
        var compound = ""
        var count = 0
        var rest = tokens
        func finish() throws(StyleDrop.Reason) {
            guard !compound.isEmpty else { throw .selector(combinator == " " ? "of nothing" : combinator) }
            // A state alone is one of everything, of what people type in, too.
            guard !compound.hasPrefix(":") else { throw .selector(compound) }
            text += (text.isEmpty ? "" : combinator == " " ? " " : " \(combinator) ") + compound
            compound = ""
            count += 1
            if count > 8 { throw .tooMuch("a selector of more than eight parts") }
        }
        while let token = rest.popFirst()?.token {
            switch token {
            case .whitespace, .delim(">"), .delim("+"), .delim("~"):
                var wanted = token == .whitespace ? " " : sign(token)
                // Blanks round a combinator are not one themselves.
                while let next = rest.first?.token, next == .whitespace || !sign(next).isEmpty {
                    guard next == .whitespace || wanted == " " else { throw .selector(sign(next)) }
                    if next != .whitespace { wanted = sign(next) }
                    rest.removeFirst()
                }
                if compound.isEmpty, text.isEmpty, wanted == " " { continue }
                if rest.isEmpty, wanted == " " { continue }
                try finish()
                combinator = wanted
            case .ident(let name):
                guard compound.isEmpty, StyleRules.elements.contains(name.lowercased()) else { throw .selector(name) }
                compound = name.lowercased()
            case .delim("."):
                guard case .ident(let name)? = rest.popFirst()?.token, isClass(name) else { throw .selector(".") }
                compound += "." + name
            case .colon:
                guard case .ident(let name)? = rest.popFirst()?.token, StyleRules.pseudoClasses.contains(name.lowercased()) else {
                    throw .selector(":")
                }
                compound += ":" + name.lowercased()
            case .hash(let name): throw .selector("#" + name)
            case .openSquare: throw .selector("[…]")
            case .delim(let scalar): throw .selector(String(Character(scalar)))
            default: throw .selector("as it stands")
            }
        }
        try finish()
        return "\(scope) \(text)"
    }

    private static func sign(_ token: CSSToken) -> String {
        guard case .delim(let scalar) = token, [">", "+", "~"].contains(scalar) else { return "" }
        return String(Character(scalar))
    }

    /// Not the scope itself: nothing stands beside it.
    private static func isClass(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && name != scope.dropFirst()
            && name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || $0 == 0x2D || $0 == 0x5F }
    }
}

extension ArraySlice<CSSLexeme> {
    fileprivate func split(separator: CSSToken, maxSplits: Int) -> [ArraySlice<CSSLexeme>] {
        split(maxSplits: maxSplits, omittingEmptySubsequences: false) { $0.token == separator }
    }
}
