/// Reads one JSON value out of a line. Strict, except that a lone surrogate becomes U+FFFD.
struct JSONReader {
    struct Invalid: Error {}

    private static let deepest = 64
    private let bytes: ArraySlice<UInt8>
    private var at: Int

    static func read(_ line: ArraySlice<UInt8>) throws(Invalid) -> JSON {
        var reader = JSONReader(bytes: line, at: line.startIndex)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.at == line.endIndex else { throw Invalid() }
        return value
    }

    private var next: UInt8? { at < bytes.endIndex ? bytes[at] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { at += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        at += 1
        return true
    }

    private mutating func expect(_ text: StaticString, _ value: JSON) throws(Invalid) -> JSON {
        for offset in 0..<text.utf8CodeUnitCount where !take(text.utf8Start[offset]) { throw Invalid() }
        return value
    }

    private mutating func value(depth: Int) throws(Invalid) -> JSON {
        guard depth <= Self.deepest else { throw Invalid() }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try array(depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try expect("true", .bool(true))
        case UInt8(ascii: "f"): return try expect("false", .bool(false))
        case UInt8(ascii: "n"): return try expect("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func object(_ depth: Int) throws(Invalid) -> JSON {
        at += 1
        var members: [String: JSON] = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw Invalid() }
            let member = try value(depth: depth + 1)
            if members[name] == nil { members[name] = member }
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw Invalid() }
        }
    }

    private mutating func array(_ depth: Int) throws(Invalid) -> JSON {
        at += 1
        var elements: [JSON] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw Invalid() }
        }
    }

    private mutating func digits() throws(Invalid) {
        let start = at
        while let byte = next, (0x30...0x39).contains(byte) { at += 1 }
        guard at > start else { throw Invalid() }
    }

    private mutating func number() throws(Invalid) -> [UInt8] {
        let start = at
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) { try digits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        return Array(bytes[start..<at])
    }

    private mutating func string() throws(Invalid) -> String {
        guard take(UInt8(ascii: "\"")) else { throw Invalid() }
        var text: [UInt8] = []
        while let byte = next {
            at += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw Invalid() }
                return string
            case UInt8(ascii: "\\"): text += try escape()
            case 0..<0x20: throw Invalid()
            default: text.append(byte)
            }
        }
        throw Invalid()
    }

    private mutating func escape() throws(Invalid) -> [UInt8] {
        guard let byte = next else { throw Invalid() }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var units = [try unit()]
            if (0xD800...0xDBFF).contains(units[0]), bytes[at...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
                at += 2
                units.append(try unit())
            }
            return Array(String(decoding: units, as: UTF16.self).utf8)
        default: throw Invalid()
        }
    }

    private mutating func unit() throws(Invalid) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue else { throw Invalid() }
            value = value << 4 | UInt16(digit)
            at += 1
        }
        return value
    }
}
