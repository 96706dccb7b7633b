/// Walks over JSON text (RFC 8259) and refuses what is not: one pass, no allocation per value, recursion bounded.
///
/// Stricter than the grammar where laxness is a weapon: a key that stands twice in an object, half a surrogate pair,
/// bytes that are not UTF-8 and nesting beyond `maximumDepth` are faults. What it accepts can be forwarded as it is.
package struct JSONScanner {
    package static let maximumDepth = 256

    private let bytes: UnsafeRawBufferPointer
    package private(set) var offset: Int
    private var keys: JSONKeyStack

    /// The buffer must outlive the scanner. `keys` is scratch space that callers with many texts hand from one to the next.
    package init(_ bytes: UnsafeRawBufferPointer, keys: consuming JSONKeyStack = JSONKeyStack()) {
        self.bytes = bytes
        self.offset = 0
        self.keys = keys
    }

    package consuming func takeKeys() -> JSONKeyStack {
        keys.removeAll()
        return keys
    }

    /// The range of the one value that the whole buffer holds.
    package mutating func wholeValue() throws(JSONFault) -> Range<Int> {
        let range = try value(depth: 0)
        try end()
        return range
    }

    /// Nothing but white space may follow.
    package mutating func end() throws(JSONFault) {
        skipWhitespace()
        guard offset == bytes.count else { throw JSONFault(.trailingBytes, at: offset) }
    }

    /// Skips white space and tells the byte that comes next, without consuming it.
    package mutating func peek() throws(JSONFault) -> UInt8 {
        if offset < bytes.count, bytes[offset] > 0x20 { return bytes[offset] }
        skipWhitespace()
        guard offset < bytes.count else { throw JSONFault(.unexpectedEnd, at: offset) }
        return bytes[offset]
    }

    /// Consumes one structural byte.
    package mutating func expect(_ byte: UInt8) throws(JSONFault) {
        guard try peek() == byte else { throw JSONFault(.unexpectedByte, at: offset) }
        offset += 1
    }

    /// Scans one value of any kind and returns where it lies.
    package mutating func value(depth: Int) throws(JSONFault) -> Range<Int> {
        let first = try peek()
        let start = offset
        switch first {
        case UInt8(ascii: "{"):
            try members(depth: depth) { (scanner, _) throws(JSONFault) in
                _ = try scanner.value(depth: depth + 1)
            }
        case UInt8(ascii: "["):
            try elements(depth: depth) { (scanner) throws(JSONFault) in _ = try scanner.value(depth: depth + 1) }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: _ = try number()
        }
        return start..<offset
    }

    /// Scans an object. `body` sees each key and must consume exactly the value behind it.
    package mutating func members(
        depth: Int, _ body: (inout JSONScanner, JSONString) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        guard depth < Self.maximumDepth else { throw JSONFault(.tooDeep, at: offset) }
        try expect(UInt8(ascii: "{"))
        let frame = keys.count
        if try peek() == UInt8(ascii: "}") {
            offset += 1
            return
        }
        while true {
            guard try peek() == UInt8(ascii: "\"") else { throw JSONFault(.unexpectedByte, at: offset) }
            let key = try string()
            keys.push(key, in: bytes)
            try expect(UInt8(ascii: ":"))
            try body(&self, key)
            let separator = try peek()
            offset += 1
            if separator == UInt8(ascii: ",") { continue }
            guard separator == UInt8(ascii: "}") else { throw JSONFault(.unexpectedByte, at: offset - 1) }
            break
        }
        if let duplicate = keys.popFrame(from: frame, in: bytes) { throw JSONFault(.duplicateKey, at: duplicate) }
    }

    /// Scans an array. `body` must consume exactly one element.
    package mutating func elements(
        depth: Int, _ body: (inout JSONScanner) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        guard depth < Self.maximumDepth else { throw JSONFault(.tooDeep, at: offset) }
        try expect(UInt8(ascii: "["))
        if try peek() == UInt8(ascii: "]") {
            offset += 1
            return
        }
        while true {
            try body(&self)
            let separator = try peek()
            offset += 1
            if separator == UInt8(ascii: ",") { continue }
            guard separator == UInt8(ascii: "]") else { throw JSONFault(.unexpectedByte, at: offset - 1) }
            return
        }
    }

    /// Scans a string; the range is what lies between the quotes.
    package mutating func string() throws(JSONFault) -> JSONString {
        try expect(UInt8(ascii: "\""))
        let start = offset
        var escaped = false
        while true {
            skipPlain()
            guard offset < bytes.count else { break }
            let byte = bytes[offset]
            switch byte {
            case UInt8(ascii: "\""):
                offset += 1
                return JSONString(range: start..<(offset - 1), escaped: escaped)
            case UInt8(ascii: "\\"):
                escaped = true
                try escape()
            case 0..<0x20: throw JSONFault(.controlCharacter, at: offset)
            default: try multibyte(byte)
            }
        }
        throw JSONFault(.unexpectedEnd, at: offset)
    }

    /// Scans a number and tells whether it is written as an integer.
    package mutating func number() throws(JSONFault) -> (range: Range<Int>, isInteger: Bool) {
        let start = offset
        var isInteger = true
        if next(is: UInt8(ascii: "-")) { offset += 1 }
        if next(is: UInt8(ascii: "0")) {
            offset += 1
        } else {
            try digits(from: start)
        }
        if next(is: UInt8(ascii: ".")) {
            isInteger = false
            offset += 1
            try digits(from: start)
        }
        if next(is: UInt8(ascii: "e")) || next(is: UInt8(ascii: "E")) {
            isInteger = false
            offset += 1
            if next(is: UInt8(ascii: "+")) || next(is: UInt8(ascii: "-")) { offset += 1 }
            try digits(from: start)
        }
        return (start..<offset, isInteger)
    }

    /// Consumes `true`, `false` or `null`.
    package mutating func literal(_ word: StaticString) throws(JSONFault) {
        for index in 0..<word.utf8CodeUnitCount {
            guard offset < bytes.count else { throw JSONFault(.unexpectedEnd, at: offset) }
            guard bytes[offset] == word.utf8Start[index] else { throw JSONFault(.unexpectedByte, at: offset) }
            offset += 1
        }
    }

    private mutating func skipWhitespace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    /// Skips the bytes of a string that mean themselves, eight at a time.
    private mutating func skipPlain() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        while offset + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            // A byte's top bit gets set where the subtraction borrows: below 0x20, and what was made zero, a quote or
            // a backslash. A borrow may mark the byte above it too, so only the first mark counts.
            let control = word &- (ones &* 0x20)
            let quote = (word ^ (ones &* 0x22)) &- ones
            let backslash = (word ^ (ones &* 0x5C)) &- ones
            let marks = (control | quote | backslash | word) & (ones &* 0x80)
            guard marks == 0 else {
                offset += marks.trailingZeroBitCount >> 3
                return
            }
            offset += 8
        }
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), 0..<0x20, 0x80...: return
            default: offset += 1
            }
        }
    }

    private func next(is byte: UInt8) -> Bool { offset < bytes.count && bytes[offset] == byte }

    private mutating func digits(from start: Int) throws(JSONFault) {
        let first = offset
        while offset < bytes.count, (0x30...0x39).contains(bytes[offset]) { offset += 1 }
        guard offset > first else { throw JSONFault(start == first ? .unexpectedByte : .invalidNumber, at: start) }
    }

    private mutating func escape() throws(JSONFault) {
        let start = offset
        guard offset + 1 < bytes.count else { throw JSONFault(.unexpectedEnd, at: offset) }
        switch bytes[offset + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            offset += 2
        case UInt8(ascii: "u"):
            let unit = try hexUnit(at: offset + 2)
            offset += 6
            switch unit {
            case 0xDC00...0xDFFF: throw JSONFault(.loneSurrogate, at: start)
            case 0xD800...0xDBFF:
                guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"),
                    bytes[offset + 1] == UInt8(ascii: "u"),
                    (0xDC00...0xDFFF).contains(try hexUnit(at: offset + 2))
                else { throw JSONFault(.loneSurrogate, at: start) }
                offset += 6
            default: break
            }
        default: throw JSONFault(.invalidEscape, at: start)
        }
    }

    private func hexUnit(at start: Int) throws(JSONFault) -> UInt16 {
        guard start + 4 <= bytes.count else { throw JSONFault(.unexpectedEnd, at: bytes.count) }
        var unit: UInt16 = 0
        for index in start..<(start + 4) {
            guard let digit = hexDigit(bytes[index]) else { throw JSONFault(.invalidEscape, at: index) }
            unit = unit << 4 | digit
        }
        return unit
    }

    /// Well-formed sequences only: no overlong forms, no surrogates, nothing above U+10FFFF (Unicode table 3-7).
    private mutating func multibyte(_ lead: UInt8) throws(JSONFault) {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw JSONFault(.invalidUTF8, at: offset)
        }
        guard offset + length <= bytes.count, second.contains(bytes[offset + 1]) else {
            throw JSONFault(.invalidUTF8, at: offset)
        }
        for index in 2..<max(2, length) where bytes[offset + index] & 0xC0 != 0x80 {
            throw JSONFault(.invalidUTF8, at: offset)
        }
        offset += length
    }
}

/// The value of one hexadecimal digit, either case.
func hexDigit(_ byte: UInt8) -> UInt16? {
    switch byte {
    case 0x30...0x39: UInt16(byte - 0x30)
    case 0x41...0x46: UInt16(byte - 0x37)
    case 0x61...0x66: UInt16(byte - 0x57)
    default: nil
    }
}
