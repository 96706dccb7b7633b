/// What a scalar means, by the core schema of YAML 1.2 (section 10.3.2), not by the older rules: `no`, `on` and `12:30`
/// are strings, and only `true` and `false` are booleans.
enum YAMLScalar: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    /// Digits after a leading zero: octal for YAML 1.1, decimal for 1.2. Nobody can tell what the author meant.
    case ambiguous(String)

    /// A scalar without quotes.
    init(plain text: String) {
        switch text {
        case "", "~", "null", "Null", "NULL": self = .null
        case "true", "True", "TRUE": self = .bool(true)
        case "false", "False", "FALSE": self = .bool(false)
        case ".nan", ".NaN", ".NAN": self = .number(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": self = .number(.infinity)
        case "-.inf", "-.Inf", "-.INF": self = .number(-.infinity)
        default: self = Self.number(text) ?? .string(text)
        }
    }

    private static func number(_ text: String) -> YAMLScalar? {
        let bytes = Array(text.utf8.prefix(400))
        guard text.utf8.count == bytes.count, let first = bytes.first else { return nil }
        let unsigned = first == UInt8(ascii: "-") || first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes[...]
        if unsigned.count == bytes.count, unsigned.starts(with: "0x".utf8) { return based(text, 16) }
        if unsigned.count == bytes.count, unsigned.starts(with: "0o".utf8) { return based(text, 8) }
        guard !unsigned.isEmpty else { return nil }
        if unsigned.allSatisfy(isDigit) {
            if unsigned.count > 1, unsigned.first == UInt8(ascii: "0") { return .ambiguous(text) }
            // Beyond 64 bits it goes the way JSON numbers go.
            return Int64(text).map(YAMLScalar.integer) ?? Double(text).map(YAMLScalar.number)
        }
        return isFloat(unsigned) ? Double(text).map(YAMLScalar.number) : nil
    }

    private static func based(_ text: String, _ radix: Int) -> YAMLScalar? {
        let digits = text.dropFirst(2)
        guard let first = digits.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "+") else { return nil }
        return Int64(digits, radix: radix).map(YAMLScalar.integer)
    }

    /// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
    private static func isFloat(_ bytes: ArraySlice<UInt8>) -> Bool {
        let whole = bytes.prefix(while: isDigit)
        var rest = bytes.dropFirst(whole.count)
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: isDigit)
            guard !whole.isEmpty || !fraction.isEmpty else { return false }
            rest = rest.dropFirst(1 + fraction.count)
        } else if whole.isEmpty {
            return false
        }
        guard let mark = rest.first else { return true }
        guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") else { return false }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        return !rest.isEmpty && rest.allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension YAMLScalar {
    /// The kind and the content, as messages quote it: `string "two"`.
    var description: String {
        switch self {
        case .null: "nothing"
        case .bool(let value): "boolean \(value)"
        case .integer(let value): "integer \(value)"
        case .number(let value): "number \(value)"
        case .string(let text): "string \(Self.quoted(text))"
        case .ambiguous(let text): "the ambiguous number \(text.prefix(60))"
        }
    }

    private static func quoted(_ text: String) -> String {
        text.count > 60 ? String(text.prefix(60)).debugDescription + "…" : text.debugDescription
    }
}
