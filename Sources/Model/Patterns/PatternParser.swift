/// Reads the text of a pattern into a tree, by the grammar of ECMA-262, section 22.2.1.
struct PatternParser {
    private static let maximumNesting = 50
    private static let maximumCount = 1_000

    let scalars: [UnicodeScalar]
    var offset = 0
    private var nesting = 0

    init(_ text: String) throws(PatternFault) {
        scalars = Array(text.unicodeScalars.prefix(Pattern.maximumLength + 1))
        guard scalars.count <= Pattern.maximumLength else {
            throw PatternFault("longer than \(Pattern.maximumLength) characters", at: Pattern.maximumLength)
        }
    }

    var next: UnicodeScalar? { offset < scalars.count ? scalars[offset] : nil }

    mutating func take(_ scalar: UnicodeScalar) -> Bool {
        guard next == scalar else { return false }
        offset += 1
        return true
    }

    mutating func parse() throws(PatternFault) -> PatternExpression {
        let expression = try alternation()
        guard offset == scalars.count else {
            throw PatternFault("a closing bracket without an opening one", at: offset)
        }
        return expression
    }

    private mutating func alternation() throws(PatternFault) -> PatternExpression {
        var branches: [PatternExpression] = []
        repeat {
            var terms: [PatternExpression] = []
            while let scalar = next, scalar != "|", scalar != ")" { terms.append(try term()) }
            branches.append(terms.isEmpty ? .empty : .sequence(terms))
        } while take("|")
        return branches.count == 1 ? branches[0] : .alternation(branches)
    }

    private mutating func term() throws(PatternFault) -> PatternExpression {
        let start = offset
        let scalar = scalars[offset]
        offset += 1
        let atom: PatternExpression
        switch scalar {
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case "\\" where next == "b" || next == "B":
            offset += 1
            return .assertion(scalars[offset - 1] == "b" ? .wordBoundary : .noWordBoundary)
        case "(": atom = try group(start)
        case "[": atom = .character(try characterClass())
        case ".": atom = .character(.dot)
        case "\\": atom = .character(PatternClass(members: [try escape()]))
        case "*", "+", "?": throw PatternFault("nothing to repeat", at: start)
        case "{", "}", "]":
            throw PatternFault("a lone \(scalar)", at: start, hint: "write \\\(scalar) for the character itself")
        default: atom = .character(.only(scalar))
        }
        return try quantified(atom)
    }

    private mutating func group(_ start: Int) throws(PatternFault) -> PatternExpression {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= Self.maximumNesting else { throw PatternFault("groups nested too deeply", at: start) }
        if take("?") {
            if !take(":") { try skipName(start) }
        }
        let expression = try alternation()
        guard take(")") else { throw PatternFault("a group that is not closed", at: start) }
        return expression
    }

    /// The name of a group, `<year>`; what else may follow `(?` needs backtracking.
    private mutating func skipName(_ start: Int) throws(PatternFault) {
        guard take("<"), next != "=", next != "!" else {
            throw PatternFault(
                "look-around is not supported", at: start, hint: "patterns here match in linear time; use allOf and not"
            )
        }
        while let scalar = next, scalar != ">" {
            guard PatternClass.isWord(scalar) || scalar == "$" else { break }
            offset += 1
        }
        guard take(">") else { throw PatternFault("a group's name that is not closed", at: start) }
    }

    private mutating func quantified(_ atom: PatternExpression) throws(PatternFault) -> PatternExpression {
        let start = offset
        let range: (Int, Int?)
        switch next {
        case "*": range = (0, nil)
        case "+": range = (1, nil)
        case "?": range = (0, 1)
        case "{":
            offset += 1
            let minimum = try count(start)
            var maximum: Int? = minimum
            if take(",") { maximum = next == "}" ? nil : try count(start) }
            guard next == "}", maximum ?? minimum >= minimum else {
                throw PatternFault(
                    "not a repetition", at: start, hint: "for example {2}, {2,} or {2,4}; \\{ for the character")
            }
            range = (minimum, maximum)
        default: return atom
        }
        offset += 1
        // A lazy quantifier finds another place, not another answer.
        _ = take("?")
        if let scalar = next, "*+?{".unicodeScalars.contains(scalar) {
            throw PatternFault("nothing to repeat", at: offset)
        }
        return .repetition(atom, minimum: range.0, maximum: range.1)
    }

    private mutating func count(_ start: Int) throws(PatternFault) -> Int {
        var value = 0
        var digits = 0
        while let scalar = next, ("0"..."9").contains(scalar) {
            value = value * 10 + Int(scalar.value - 0x30)
            guard value <= Self.maximumCount else {
                throw PatternFault("more than \(Self.maximumCount) repetitions", at: start)
            }
            digits += 1
            offset += 1
        }
        guard digits > 0 else {
            throw PatternFault(
                "not a repetition", at: start, hint: "for example {2}, {2,} or {2,4}; \\{ for the character")
        }
        return value
    }
}
