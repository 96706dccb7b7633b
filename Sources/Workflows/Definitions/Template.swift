package import Model

/// A JSON value with expressions in it: a text that is `${ … }` as a whole is replaced by the value of the jq program
/// within; one that has such parts is put together as text.
///
/// The number and size of its programs are bounded where definitions are read, so that one definition cannot keep a worker busy with compiling.
package struct Template: Sendable, Hashable {
    package indirect enum Part: Sendable, Hashable {
        case constant(JSONValue)
        case expression(String)
        /// Texts and programs in turn; what is no text is written as JSON.
        case text([TextPart])
        case array([Part])
        case object([String: Part])
    }

    package enum TextPart: Sendable, Hashable {
        case literal(String)
        case expression(String)
    }

    /// Bytes of one program.
    package static let programLimit = 16_384
    /// Programs of one template.
    package static let most = 100

    package let root: Part

    package init(root: Part) { self.root = root }

    /// Reads a value as it was written. Throws where a `${` has no end.
    package init(_ value: JSONValue, at pointer: JSONPointer = JSONPointer()) throws(Problem) {
        root = try Self.part(value, pointer)
    }

    /// The whole text is a program, with or without `${ }` round it.
    package init(program text: String) {
        root = .expression(Self.program(in: text) ?? text)
    }

    /// The value where nothing has to be evaluated.
    package var constant: JSONValue? {
        if case .constant(let value) = root { value } else { nil }
    }

    private static func part(_ value: JSONValue, _ pointer: JSONPointer) throws(Problem) -> Part {
        switch value {
        case .string(let text): return try part(text, pointer)
        case .array(let elements):
            var parts: [Part] = []
            for (index, element) in elements.enumerated() {
                parts.append(try part(element, pointer.appending(index)))
            }
            return parts.allSatisfy(\.isConstant) ? .constant(value) : .array(parts)
        case .object(let members):
            var parts: [String: Part] = [:]
            for (key, member) in members { parts[key] = try part(member, pointer.appending(key)) }
            return parts.values.allSatisfy(\.isConstant) ? .constant(value) : .object(parts)
        default: return .constant(value)
        }
    }

    private static func part(_ text: String, _ pointer: JSONPointer) throws(Problem) -> Part {
        guard opening(in: Substring(text)) != nil else { return .constant(.string(text)) }
        if let program = program(in: text) { return .expression(program) }
        var parts: [TextPart] = []
        var rest = Substring(text)
        while let start = opening(in: rest) {
            if start.lowerBound > rest.startIndex { parts.append(.literal(String(rest[..<start.lowerBound]))) }
            guard let end = ExpressionScanner.end(of: rest[start.upperBound...]) else {
                throw Problem(
                    .invalidInput, "\(pointer.place): an expression that begins with ${ has no closing brace",
                    hint: "close it with }, or write \"${\\\"${\\\"}\" for the two characters themselves")
            }
            parts.append(.expression(String(rest[start.upperBound..<end])))
            rest = rest[rest.unicodeScalars.index(after: end)...]
        }
        if !rest.isEmpty { parts.append(.literal(String(rest))) }
        return .text(parts)
    }

    /// What stands between `${` and the brace that closes it, where that is the whole text.
    private static func program(in text: String) -> String? {
        let trimmed = Substring(text).trimmingSpaces
        guard let start = opening(in: trimmed), start.lowerBound == trimmed.startIndex else { return nil }
        let body = trimmed[start.upperBound...]
        guard let end = ExpressionScanner.end(of: body), body.unicodeScalars.index(after: end) == body.endIndex else { return nil }
        return String(body[..<end])
    }

    /// The first `${`, as bytes: whatever follows belongs to the program, an accent on the brace, too.
    private static func opening(in text: Substring) -> Range<Substring.Index>? { text.utf8.firstRange(of: "${".utf8) }
}

extension Template.Part {
    fileprivate var isConstant: Bool { if case .constant = self { true } else { false } }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = self
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
