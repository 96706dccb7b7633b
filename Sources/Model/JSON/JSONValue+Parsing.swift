extension JSONValue {
    /// Reads one JSON text under the scanner's strict rules.
    package static func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONFault) -> JSONValue {
        var scanner = JSONScanner(bytes)
        let value = try read(&scanner, bytes, depth: 0)
        try scanner.end()
        return value
    }

    /// Reads one JSON text; a fault becomes `invalidInput` that names `subject` and the byte.
    package static func parse(_ bytes: [UInt8], as subject: String = "JSON") throws(Problem) -> JSONValue {
        let outcome: Result<JSONValue, JSONFault> = bytes.withUnsafeBytes { (raw) in
            do throws(JSONFault) { return .success(try parse(raw)) } catch { return .failure(error) }
        }
        switch outcome {
        case .success(let value): return value
        case .failure(let fault): throw Problem(.invalidInput, "\(subject): not valid JSON", cause: fault.description)
        }
    }

    /// As above, for text at hand.
    package static func parse(_ text: String, as subject: String = "JSON") throws(Problem) -> JSONValue {
        try parse(Array(text.utf8), as: subject)
    }

    private static func read(
        _ scanner: inout JSONScanner, _ bytes: UnsafeRawBufferPointer, depth: Int
    ) throws(JSONFault) -> JSONValue {
        switch try scanner.peek() {
        case UInt8(ascii: "{"):
            var object: [String: JSONValue] = [:]
            try scanner.members(depth: depth) { (scanner, key) throws(JSONFault) in
                // Keys that differ in bytes only, as `é` in its two spellings does, are one key to a dictionary.
                let value = try read(&scanner, bytes, depth: depth + 1)
                guard object.updateValue(value, forKey: key.text(in: bytes)) == nil else {
                    throw JSONFault(.duplicateKey, at: key.range.lowerBound)
                }
            }
            return .object(object)
        case UInt8(ascii: "["):
            var array: [JSONValue] = []
            try scanner.elements(depth: depth) { (scanner) throws(JSONFault) in
                array.append(try read(&scanner, bytes, depth: depth + 1))
            }
            return .array(array)
        case UInt8(ascii: "\""): return .string(try scanner.string().text(in: bytes))
        case UInt8(ascii: "t"):
            try scanner.literal("true")
            return true
        case UInt8(ascii: "f"):
            try scanner.literal("false")
            return false
        case UInt8(ascii: "n"):
            try scanner.literal("null")
            return .null
        default:
            let (range, isInteger) = try scanner.number()
            let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
            if isInteger, let value = Int64(text) { return .integer(value) }
            guard let value = Double(text), value.isFinite else {
                throw JSONFault(.invalidNumber, at: range.lowerBound)
            }
            return .number(value)
        }
    }
}
