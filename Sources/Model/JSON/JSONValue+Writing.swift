extension JSONValue {
    /// Compact JSON text on one line, keys sorted.
    package var bytes: [UInt8] {
        var output: [UInt8] = []
        write(to: &output, indent: nil)
        return output
    }

    package var compactText: String { String(decoding: bytes, as: UTF8.self) }

    /// JSON text for people: two spaces a level, keys sorted, no newline at the end.
    package var prettyText: String {
        var output: [UInt8] = []
        write(to: &output, indent: 0)
        return String(decoding: output, as: UTF8.self)
    }

    private func write(to output: inout [UInt8], indent: Int?) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): output.append(contentsOf: String(value).utf8)
        case .number(let value): output.append(contentsOf: value.isFinite ? "\(value)".utf8 : "null".utf8)
        case .string(let value): Self.write(value, to: &output)
        case .array(let values):
            Self.write(values, open: "[", close: "]", indent: indent, to: &output) { value, output, inner in
                value.write(to: &output, indent: inner)
            }
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }
            Self.write(sorted, open: "{", close: "}", indent: indent, to: &output) { member, output, inner in
                Self.write(member.key, to: &output)
                output.append(contentsOf: (inner == nil ? ":" : ": ").utf8)
                member.value.write(to: &output, indent: inner)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], open: StaticString, close: StaticString, indent: Int?, to output: inout [UInt8],
        _ body: (Element, inout [UInt8], Int?) -> Void
    ) {
        func newline(_ level: Int) {
            output.append(0x0A)
            output.append(contentsOf: repeatElement(0x20, count: level * 2))
        }
        output.append(open.utf8Start[0])
        for (index, element) in elements.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            if let indent { newline(indent + 1) }
            body(element, &output, indent.map { $0 + 1 })
        }
        if let indent, !elements.isEmpty { newline(indent) }
        output.append(close.utf8Start[0])
    }

    /// A string between quotes, escaped as RFC 8259 asks.
    package static func write(_ text: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output.append(contentsOf: #"\""#.utf8)
            case UInt8(ascii: "\\"): output.append(contentsOf: #"\\"#.utf8)
            case 0x0A: output.append(contentsOf: #"\n"#.utf8)
            case 0x0D: output.append(contentsOf: #"\r"#.utf8)
            case 0x09: output.append(contentsOf: #"\t"#.utf8)
            case 0..<0x20, 0x7F:
                let digits = Array("0123456789abcdef".utf8)
                output.append(contentsOf: #"\u00"#.utf8)
                output.append(digits[Int(byte >> 4)])
                output.append(digits[Int(byte & 15)])
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }
}
