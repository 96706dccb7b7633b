import Yams

/// The text of one document on its way through the parser, with the parser's errors put into words.
struct YAMLSource: Sendable {
    let file: String
    let text: String

    /// The document's root; nil when the text holds nothing but comments.
    func compose() throws(Problem) -> Node? {
        do {
            return try compose(text)
        } catch {
            throw problem(error)
        }
    }

    /// Refuses anchors, aliases and explicit keys before anything is built from them.
    ///
    /// The parser expands an alias where it stands and hashes whole trees that are keys, so a few lines of aliases to
    /// aliases keep it busy for years. `&`, `*` and `?` mean something only where a token starts, and there YAML reserves
    /// `@` and the back-quote. With those in their place, a text that parses uses none of the three, and one that does
    /// not is refused at the very character.
    func refuseIndirection() throws(Problem) {
        let marks: Set<UInt8> = [UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "?")]
        guard text.utf8.contains(where: marks.contains) else { return }
        // Whichever of the two the text does not use, so that no two keys become equal by the replacement.
        let stand = text.utf8.contains(UInt8(ascii: "@")) ? UInt8(ascii: "`") : UInt8(ascii: "@")
        let masked = String(decoding: text.utf8.map { marks.contains($0) ? stand : $0 }, as: UTF8.self)
        do {
            _ = try compose(masked)
        } catch YamlError.scanner(_, _, let mark, _)
            where "&*?".unicodeScalars.contains(where: { $0 == character(at: mark) })
        {
            let found = character(at: mark) ?? "*"
            throw Problem(
                .invalidConfiguration,
                "\(place(mark)): \(found == "?" ? "explicit keys" : "anchors and aliases") are not supported",
                hint: found == "?"
                    ? "put text that starts with ? in quotes"
                    : "write the value out, or put text that starts with \(found) in quotes")
        } catch {
            throw problem(error)
        }
    }

    private func compose(_ text: String) throws -> Node? {
        // No rules: what a scalar means is decided by YAMLScalar, and the default rules are regular expressions.
        try Parser(yaml: text, resolver: .basic, constructor: .default, encoding: .utf8).singleRoot()
    }

    private func place(_ mark: Mark) -> YAMLPlace { YAMLPlace(file: file, line: mark.line, column: mark.column) }

    private func character(at mark: Mark) -> UnicodeScalar? {
        // The parser's notion of a line break (YAML 1.1): LF, CR, CR LF, NEL, LS and PS.
        var line = 1
        var column = 1
        var previous: UnicodeScalar?
        for scalar in text.unicodeScalars {
            if line == mark.line, column == mark.column { return scalar }
            switch scalar {
            case "\n" where previous == "\r": break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": (line, column) = (line + 1, 1)
            default: column += 1
            }
            previous = scalar
        }
        return nil
    }

    private func problem(_ error: any Error) -> Problem {
        func located(_ mark: Mark, _ reason: String, _ context: YamlError.Context? = nil) -> Problem {
            let tab = character(at: mark) == "\t"
            let start = context.map { " \($0.text) that starts at line \($0.mark.line)" } ?? ""
            return Problem(
                .invalidConfiguration, "\(place(mark)): not valid YAML: \(reason)\(start)",
                hint: tab ? "indent with spaces, not tabs" : nil)
        }
        switch error {
        case YamlError.parser(_, let reason, let mark, _) where reason.hasPrefix("Maximum nesting"):
            return Problem(.invalidConfiguration, "\(place(mark)): nested too deeply")
        case YamlError.scanner(let context, let reason, let mark, _),
            YamlError.parser(let context, let reason, let mark, _):
            return located(mark, reason, context)
        case YamlError.composer(_, let reason, let mark, _):
            guard reason.contains("another document") else { return located(mark, reason) }
            return Problem(
                .invalidConfiguration, "\(place(mark)): a second document", hint: "one file holds one document")
        case YamlError.duplicatedKeysInMapping(let keys, let context):
            let key = String((keys.first ?? "").prefix(80))
            return Problem(.invalidConfiguration, "\(place(context.mark)): \(key): this key stands twice")
        case YamlError.reader(let reason, _, _, _):
            guard let place = firstUnprintable else { break }
            return Problem(.invalidConfiguration, "\(place): not valid YAML: \(reason)")
        case YamlError.memory: return Problem(.invalidConfiguration, "\(file): nested too deeply")
        default: break
        }
        return Problem(.invalidConfiguration, "\(file): not valid YAML", cause: String(describing: error))
    }

    /// Where the first character stands that YAML does not allow at all (1.1, section 5.1).
    private var firstUnprintable: YAMLPlace? {
        var line = 1
        var column = 1
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A: (line, column) = (line + 1, 1)
            case 0x09, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: column += 1
            default: return YAMLPlace(file: file, line: line, column: column)
            }
        }
        return nil
    }
}
