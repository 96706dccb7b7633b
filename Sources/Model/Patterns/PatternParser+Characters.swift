extension PatternParser {
    /// What follows an opening square bracket.
    mutating func characterClass() throws(PatternFault) -> PatternClass {
        let start = offset - 1
        var result = PatternClass(members: [], negated: take("^"))
        while !take("]") {
            guard next != nil else { throw PatternFault("a character class that is not closed", at: start) }
            let first = try classMember()
            guard next == "-", offset + 1 < scalars.count, scalars[offset + 1] != "]" else {
                result.members.append(first)
                continue
            }
            let hyphen = offset
            offset += 1
            let last = try classMember()
            guard case .range(let low) = first, case .range(let high) = last, low.lowerBound <= high.lowerBound else {
                throw PatternFault("not a range of characters", at: hyphen, hint: "write \\- for a hyphen")
            }
            result.members.append(.range(low.lowerBound...high.lowerBound))
        }
        return result
    }

    private mutating func classMember() throws(PatternFault) -> PatternClass.Member {
        let scalar = scalars[offset]
        offset += 1
        guard scalar == "\\" else { return .range(scalar.value...scalar.value) }
        // Inside a class \b is the backspace.
        if take("b") { return .range(0x08...0x08) }
        return try escape()
    }

    /// What follows a backslash.
    mutating func escape() throws(PatternFault) -> PatternClass.Member {
        let start = offset - 1
        guard let scalar = next else { throw PatternFault("a backslash at the end", at: start) }
        offset += 1
        func one(_ value: UInt32) -> PatternClass.Member { .range(value...value) }
        switch scalar {
        case "d": return .digit
        case "D": return .not(.digit)
        case "w": return .word
        case "W": return .not(.word)
        case "s": return .space
        case "S": return .not(.space)
        case "p", "P":
            let category = try category(start)
            return scalar == "p" ? category : .not(category)
        case "t": return one(0x09)
        case "n": return one(0x0A)
        case "v": return one(0x0B)
        case "f": return one(0x0C)
        case "r": return one(0x0D)
        case "0" where !(next.map { ("0"..."9").contains($0) } ?? false): return one(0)
        case "0"..."9", "k":
            throw PatternFault(
                "back-references are not supported", at: start, hint: "patterns here match in linear time")
        case "c":
            guard let letter = next, ("a"..."z").contains(letter) || ("A"..."Z").contains(letter) else {
                throw PatternFault("not a control character", at: start)
            }
            offset += 1
            return one(letter.value % 32)
        case "x": return one(try hexadecimal(2, start))
        case "u": return one(try unicode(start))
        case "a"..."z", "A"..."Z": throw PatternFault("unknown escape \\\(scalar)", at: start)
        default: return one(scalar.value)
        }
    }

    private mutating func hexadecimal(_ digits: Int, _ start: Int) throws(PatternFault) -> UInt32 {
        guard offset + digits <= scalars.count,
            scalars[offset..<(offset + digits)].allSatisfy({ $0.properties.isASCIIHexDigit }),
            let value = UInt32(String(String.UnicodeScalarView(scalars[offset..<(offset + digits)])), radix: 16)
        else { throw PatternFault("not \(digits) hexadecimal digits", at: start) }
        offset += digits
        return value
    }

    /// `\u0061`, `\u{1F600}`, or a surrogate pair of two of the former.
    private mutating func unicode(_ start: Int) throws(PatternFault) -> UInt32 {
        var value: UInt32
        if take("{") {
            let end = scalars[offset...].firstIndex(of: "}") ?? offset
            guard (1...6).contains(end - offset) else { throw PatternFault("not a character's number", at: start) }
            value = try hexadecimal(end - offset, start)
            offset += 1
        } else {
            value = try hexadecimal(4, start)
            if (0xD800...0xDBFF).contains(value), offset + 1 < scalars.count, scalars[offset] == "\\",
                scalars[offset + 1] == "u"
            {
                offset += 2
                let low = try hexadecimal(4, start)
                guard (0xDC00...0xDFFF).contains(low) else { throw PatternFault("half of a surrogate pair", at: start) }
                value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00)
            }
        }
        guard UnicodeScalar(value) != nil else { throw PatternFault("not a character's number", at: start) }
        return value
    }

    /// `\p{Lu}`, `\p{Letter}`, `\p{General_Category=Nd}`.
    private mutating func category(_ start: Int) throws(PatternFault) -> PatternClass.Member {
        guard take("{"), let end = scalars[offset...].firstIndex(of: "}") else {
            throw PatternFault("a character property without braces", at: start)
        }
        var name = String(String.UnicodeScalarView(scalars[offset..<end]))
        offset = end + 1
        for prefix in ["General_Category=", "gc="] where name.hasPrefix(prefix) { name.removeFirst(prefix.count) }
        guard let category = PatternClass.categories[name] else {
            let known = Set(PatternClass.categories.values).sorted().joined(separator: ", ")
            throw PatternFault("unknown character property \(name.prefix(40))", at: start, hint: "known: \(known)")
        }
        return .category(category)
    }
}
