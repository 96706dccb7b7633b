import Model

/// Reads a filter from left to right; `and` binds closer than `or`. Nesting and the number of terms are bounded.
struct SCIMFilterParser {
    private var rest: Substring
    private let path: (Substring) throws(SCIMFault) -> SCIMAttributePath
    private var terms = 0

    init(_ text: String, _ path: @escaping (Substring) throws(SCIMFault) -> SCIMAttributePath) {
        rest = text[...]
        self.path = path
    }

    mutating func whole() throws(SCIMFault) -> SCIMFilter {
        let filter = try alternatives(depth: 0)
        skipBlanks()
        guard rest.isEmpty else { throw fault("unexpected: \(String(rest.prefix(40)).debugDescription)") }
        return filter
    }

    private mutating func alternatives(depth: Int) throws(SCIMFault) -> SCIMFilter {
        guard depth < SCIMFilter.deepest else { throw fault("nested more than \(SCIMFilter.deepest) deep") }
        var filters = [try conjunction(depth: depth)]
        while takeWord("or") { filters.append(try conjunction(depth: depth)) }
        return filters.count == 1 ? filters[0] : .or(filters)
    }

    private mutating func conjunction(depth: Int) throws(SCIMFault) -> SCIMFilter {
        var filters = [try term(depth: depth)]
        while takeWord("and") { filters.append(try term(depth: depth)) }
        return filters.count == 1 ? filters[0] : .and(filters)
    }

    private mutating func term(depth: Int) throws(SCIMFault) -> SCIMFilter {
        terms += 1
        guard terms <= SCIMFilter.mostTerms else { throw fault("more than \(SCIMFilter.mostTerms) terms") }
        skipBlanks()
        if take("(") { return try closed(")", depth: depth) }
        let start = rest
        if takeWord("not"), take("(") { return .not(try closed(")", depth: depth)) }
        rest = start
        let name = word()
        guard !name.isEmpty else { throw fault("an attribute is missing") }
        if take("[") {
            let list = try path(name)
            // The parts of the list's values, under the names that they have there.
            let (outer, prefix) = (path, String(name))
            var inner = SCIMFilterParser(String(rest)) { (part) throws(SCIMFault) in try outer("\(prefix).\(part)"[...]).inner }
            inner.terms = terms
            let filter = try inner.closed("]", depth: depth)
            (rest, terms) = (Substring(String(inner.rest)), inner.terms)
            return .element(list, filter)
        }
        let target = try path(name)
        let verb = word().lowercased()
        if verb == "pr" { return .present(target) }
        guard let comparison = SCIMFilter.Comparison(rawValue: verb) else {
            throw fault("no comparison: \(String(verb.prefix(40)).debugDescription)")
        }
        return .compare(target, comparison, try value())
    }

    private mutating func closed(_ bracket: Character, depth: Int) throws(SCIMFault) -> SCIMFilter {
        let filter = try alternatives(depth: depth + 1)
        skipBlanks()
        guard take(bracket) else { throw fault("a bracket is not closed") }
        return filter
    }

    /// A literal of JSON, without lists and objects.
    private mutating func value() throws(SCIMFault) -> JSONValue {
        skipBlanks()
        let text: Substring
        if rest.first == "\"" {
            var (end, isEscaped) = (rest.index(after: rest.startIndex), false)
            while end < rest.endIndex, isEscaped || rest[end] != "\"" {
                isEscaped = !isEscaped && rest[end] == "\\"
                end = rest.index(after: end)
            }
            guard end < rest.endIndex else { throw fault("a text is not closed") }
            text = rest[...end]
        } else {
            text = rest.prefix { !" ()[]".contains($0) }
        }
        rest = rest.dropFirst(text.count)
        guard let value = try? JSONValue.parse(String(text)), value.array == nil, value.object == nil else {
            throw fault("not a value: \(String(text.prefix(40)).debugDescription)")
        }
        return value
    }

    private mutating func word() -> Substring {
        skipBlanks()
        let word = rest.prefix { !" ()[]\"".contains($0) }
        rest = rest.dropFirst(word.count)
        return word
    }

    private mutating func takeWord(_ wanted: String) -> Bool {
        let start = rest
        if word().lowercased() == wanted { return true }
        rest = start
        return false
    }

    private mutating func take(_ character: Character) -> Bool {
        let start = rest
        skipBlanks()
        guard rest.first == character else {
            rest = start
            return false
        }
        rest = rest.dropFirst()
        return true
    }

    private mutating func skipBlanks() { rest = rest.drop { $0 == " " } }

    private func fault(_ detail: String) -> SCIMFault { SCIMFault(.invalidFilter, detail) }
}

extension SCIMAttributePath {
    /// The part by itself, as a value of the list knows it.
    fileprivate var inner: SCIMAttributePath {
        get throws(SCIMFault) {
            guard let part else { throw SCIMFault(.invalidFilter, "\(attribute) has no values of its own") }
            return SCIMAttributePath(attribute: part, part: nil)
        }
    }
}
