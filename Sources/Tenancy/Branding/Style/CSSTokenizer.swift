/// Reads text into tokens as CSS Syntax Level 3 does: total, each character looked at a bounded number of times.
struct CSSTokenizer {
    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var line = 1
    private var isEscaped = false

    /// Section 3.3: one kind of line break, no U+0000. A byte order mark at the beginning is no part of the text.
    init(_ text: String) {
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(text.unicodeScalars.count)
        var isAfterReturn = false
        for scalar in text.unicodeScalars {
            defer { isAfterReturn = scalar == "\r" }
            switch scalar {
            case "\n" where isAfterReturn: continue
            case "\r", "\u{C}": scalars.append("\n")
            case "\0": scalars.append("\u{FFFD}")
            default: scalars.append(scalar)
            }
        }
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        self.scalars = scalars
    }

    static func tokens(of text: String) -> [CSSLexeme] {
        var tokenizer = CSSTokenizer(text)
        var tokens: [CSSLexeme] = []
        while let token = tokenizer.next() { tokens.append(token) }
        return tokens
    }

    mutating func next() -> CSSLexeme? {
        skipComments()
        let start = line
        isEscaped = false
        guard let token = consume() else { return nil }
        return CSSLexeme(token: token, line: start, isEscaped: isEscaped)
    }

    /// Section 4.3.1.
    private mutating func consume() -> CSSToken? {
        guard let scalar = take() else { return nil }
        switch scalar {
        case let blank where blank.isCSSBlank:
            while peek()?.isCSSBlank == true { _ = take() }
            return .whitespace
        case "\"", "'": return string(until: scalar)
        case "#":
            guard peek()?.isCSSName == true || isEscape(at: 0) else { return .delim(scalar) }
            return .hash(name())
        case "(": return .openParenthesis
        case ")": return .closeParenthesis
        case "[": return .openSquare
        case "]": return .closeSquare
        case "{": return .openBrace
        case "}": return .closeBrace
        case ",": return .comma
        case ":": return .colon
        case ";": return .semicolon
        case "<" where peek() == "!" && peek(1) == "-" && peek(2) == "-":
            index += 3
            return .cdo
        case "@":
            guard startsIdent(at: 0) else { return .delim(scalar) }
            return .atKeyword(name())
        default: break
        }
        index -= 1
        if startsNumber { return numeric() }
        if scalar == "-", peek(1) == "-", peek(2) == ">" {
            index += 3
            return .cdc
        }
        if startsIdent(at: 0) { return identLike() }
        index += 1
        return .delim(scalar)
    }

    /// Section 4.3.4. `url(` takes everything up to its end, however it is written.
    private mutating func identLike() -> CSSToken {
        let name = name()
        guard peek() == "(" else { return .ident(name) }
        index += 1
        guard name.lowercased() == "url" else { return .function(name) }
        var ahead = 0
        while peek(ahead)?.isCSSBlank == true { ahead += 1 }
        // With a quote it is a function like others, which no list has.
        if let quote = peek(ahead), quote == "\"" || quote == "'" { return .function(name) }
        while let scalar = take(), scalar != ")" {
            if scalar == "\\" { _ = take() }
        }
        return .url
    }

    /// Section 4.3.5: a line break ends it badly.
    private mutating func string(until quote: Unicode.Scalar) -> CSSToken {
        var text = String.UnicodeScalarView()
        while let scalar = peek() {
            switch scalar {
            case quote:
                index += 1
                return .string(String(text))
            case "\n": return .badString
            case "\\":
                index += 1
                isEscaped = true
                if peek() == nil { break }
                if peek() == "\n" { _ = take() } else { text.append(escape()) }
            default: text.append(take() ?? scalar)
            }
        }
        // The end of the text closes it for a browser; here it is a fault.
        return .badString
    }

    /// Section 4.3.3.
    private mutating func numeric() -> CSSToken {
        var text = ""
        if let sign = peek(), sign == "+" || sign == "-" { text.unicodeScalars.append(take() ?? sign) }
        func digits(_ tokenizer: inout CSSTokenizer) {
            while let digit = tokenizer.peek(), digit.isCSSDigit { text.unicodeScalars.append(tokenizer.take() ?? digit) }
        }
        digits(&self)
        if peek() == ".", peek(1)?.isCSSDigit == true {
            text.unicodeScalars.append(take() ?? ".")
            digits(&self)
        }
        if peek() == "e" || peek() == "E" {
            let isSigned = peek(1) == "+" || peek(1) == "-"
            if peek(isSigned ? 2 : 1)?.isCSSDigit == true {
                for _ in 0...(isSigned ? 1 : 0) { text.unicodeScalars.append(take() ?? "e") }
                digits(&self)
            }
        }
        if startsIdent(at: 0) { return .numeric(text, unit: name()) }
        guard peek() == "%" else { return .numeric(text, unit: "") }
        index += 1
        return .numeric(text, unit: "%")
    }

    /// Section 4.3.11.
    private mutating func name() -> String {
        var text = String.UnicodeScalarView()
        while let scalar = peek() {
            if scalar.isCSSName {
                text.append(take() ?? scalar)
            } else if isEscape(at: 0) {
                index += 1
                isEscaped = true
                text.append(escape())
            } else {
                break
            }
        }
        return String(text)
    }

    /// Section 4.3.7, behind the backslash.
    private mutating func escape() -> Unicode.Scalar {
        guard let first = take() else { return "\u{FFFD}" }
        guard first.properties.isASCIIHexDigit else { return first }
        var value: UInt32 = first.cssDigit
        var count = 1
        while count < 6, let digit = peek(), digit.properties.isASCIIHexDigit {
            value = value << 4 | digit.cssDigit
            index += 1
            count += 1
        }
        if peek()?.isCSSBlank == true { _ = take() }
        guard value != 0, let scalar = Unicode.Scalar(value) else { return "\u{FFFD}" }
        return scalar
    }

    /// One that is not closed takes the rest, as in section 4.3.2.
    private mutating func skipComments() {
        while peek() == "/", peek(1) == "*" {
            index += 2
            while let scalar = take(), !(scalar == "*" && peek() == "/") {}
            if peek() == "/" { index += 1 }
        }
    }

    private var startsNumber: Bool {
        let sign = peek() == "+" || peek() == "-" ? 1 : 0
        if peek(sign)?.isCSSDigit == true { return true }
        return peek(sign) == "." && peek(sign + 1)?.isCSSDigit == true
    }

    /// Section 4.3.9.
    private func startsIdent(at offset: Int) -> Bool {
        guard let first = peek(offset) else { return false }
        if first == "-" {
            return peek(offset + 1)?.isCSSNameStart == true || peek(offset + 1) == "-" || isEscape(at: offset + 1)
        }
        return first.isCSSNameStart || isEscape(at: offset)
    }

    private func isEscape(at offset: Int) -> Bool { peek(offset) == "\\" && peek(offset + 1) != "\n" && peek(offset + 1) != nil }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        index + ahead < scalars.count ? scalars[index + ahead] : nil
    }

    private mutating func take() -> Unicode.Scalar? {
        guard index < scalars.count else { return nil }
        defer { index += 1 }
        if scalars[index] == "\n" { line += 1 }
        return scalars[index]
    }
}

extension Unicode.Scalar {
    fileprivate var isCSSBlank: Bool { self == " " || self == "\t" || self == "\n" }
    fileprivate var isCSSDigit: Bool { ("0"..."9").contains(self) }
    fileprivate var isCSSNameStart: Bool {
        ("a"..."z").contains(self) || ("A"..."Z").contains(self) || self == "_" || value >= 0x80
    }
    fileprivate var isCSSName: Bool { isCSSNameStart || isCSSDigit || self == "-" }
    fileprivate var cssDigit: UInt32 { UInt32(String(Character(self)), radix: 16) ?? 0 }
}
