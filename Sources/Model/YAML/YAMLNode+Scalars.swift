extension YAMLNode {
    static let ambiguityHint = "put it in quotes, drop the leading zero, or write 0o… for octal"

    package func string() throws(Problem) -> String {
        switch content {
        case .scalar(.string(let text)): return text
        case .scalar(.bool), .scalar(.integer), .scalar(.number), .scalar(.ambiguous):
            throw mismatch("string", hint: "put it in quotes")
        default: throw mismatch("string")
        }
    }

    /// A string that is not empty and has at most `limit` characters and no control characters.
    package func line(limit: Int) throws(Problem) -> String {
        let text = try string()
        guard !text.allSatisfy(\.isWhitespace) else { throw problem("empty") }
        guard text.unicodeScalars.count <= limit else { throw problem("longer than \(limit) characters") }
        guard text.unicodeScalars.allSatisfy({ !$0.isControl }) else {
            throw problem("a line break or control character in it", hint: "write it on one line")
        }
        return text
    }

    package func integer(in range: ClosedRange<Int> = .min ... .max) throws(Problem) -> Int {
        switch content {
        case .scalar(.integer(let value)):
            guard let exact = Int(exactly: value), range.contains(exact) else {
                throw outside(range.lowerBound, range.upperBound, found: value)
            }
            return exact
        case .scalar(.ambiguous): throw mismatch("integer", hint: Self.ambiguityHint)
        default: throw mismatch("integer")
        }
    }

    /// A finite number, also one written as an integer.
    package func number(
        in range: ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    ) throws(Problem) -> Double {
        let value: Double
        switch content {
        case .scalar(.integer(let integer)): value = Double(integer)
        case .scalar(.number(let number)): value = number
        case .scalar(.ambiguous): throw mismatch("number", hint: Self.ambiguityHint)
        default: throw mismatch("number")
        }
        guard value.isFinite else { throw mismatch("a finite number") }
        guard range.contains(value) else { throw outside(range.lowerBound, range.upperBound, found: value) }
        return value
    }

    package func bool() throws(Problem) -> Bool {
        switch content {
        case .scalar(.bool(let flag)): return flag
        case .scalar(.string(let text)) where ["yes", "no", "on", "off"].contains(text.lowercased()):
            throw mismatch("boolean", hint: "write true or false")
        default: throw mismatch("boolean")
        }
    }

    /// A size such as `256MiB`, or a plain number of bytes.
    package func byteSize(
        in range: ClosedRange<ByteSize> = ByteSize(bytes: 0)...ByteSize(bytes: .max)
    ) throws(Problem) -> ByteSize {
        let size: ByteSize
        switch content {
        case .scalar(.integer(let bytes)) where bytes >= 0: size = ByteSize(bytes: bytes)
        case .scalar(.string(let text)):
            guard let parsed = ByteSize(parsing: text) else { fallthrough }
            size = parsed
        default: throw mismatch("a size such as 64KiB, 256MiB or 1GiB")
        }
        guard range.contains(size) else { throw outside(range.lowerBound, range.upperBound, found: size) }
        return size
    }

    /// A time such as `250ms`, `30s` or `5m`. A bare number has no unit and is refused.
    package func duration(in range: ClosedRange<Duration> = .zero ... .seconds(317_000_000)) throws(Problem) -> Duration
    {
        guard case .scalar(.string(let text)) = content, let duration = Duration(parsing: text) else {
            throw mismatch("a time such as 250ms, 30s, 5m or 1h")
        }
        guard range.contains(duration) else {
            throw outside(range.lowerBound.text, range.upperBound.text, found: duration.text)
        }
        return duration
    }

    /// One of the words that a type with raw values knows.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        of type: Choice.Type = Choice.self
    ) throws(Problem) -> Choice where Choice.RawValue == String {
        let text = try string()
        if let choice = Choice(rawValue: text) { return choice }
        let words = Choice.allCases.map(\.rawValue)
        throw problem(
            "expected one of \(words.joined(separator: ", ")), found \(String(text.prefix(60)).debugDescription)",
            hint: words.nearest(to: text).map { "did you mean \($0)?" })
    }

    private func outside<Bound>(_ low: Bound, _ high: Bound, found: some Any) -> Problem {
        problem("\(found) is out of range", hint: "allowed: \(low) to \(high)")
    }
}
