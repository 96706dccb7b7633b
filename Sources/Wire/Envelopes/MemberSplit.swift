package import Model
package import NIOCore

/// The members of a JSON object: those that are read as values, and those that only pass through as the bytes that came.
package struct MemberSplit: Sendable {
    package let values: [String: JSONValue]
    package let raw: [String: ByteBuffer]

    /// Absent bytes are an empty object. Throws `invalidInput` for what is no object.
    package init(_ bytes: ByteBuffer?, raw names: Set<String>) throws(Problem) {
        guard let bytes else {
            (values, raw) = ([:], [:])
            return
        }
        let (values, ranges) = try bytes.withUnsafeReadableBytes { Self.split($0, names) }.get()
        self.values = values
        raw = ranges.mapValues { range in
            var slice = bytes
            slice.moveReaderIndex(forwardBy: range.lowerBound)
            return slice.readSlice(length: range.count) ?? ByteBuffer()
        }
    }

    private typealias Parts = (values: [String: JSONValue], raw: [String: Range<Int>])

    private static func split(_ bytes: UnsafeRawBufferPointer, _ names: Set<String>) -> Result<Parts, Problem> {
        do throws(JSONFault) {
            var scanner = JSONScanner(bytes)
            guard try scanner.peek() == UInt8(ascii: "{") else {
                let kind = try JSONValue.parse(bytes).kind
                return .failure(Problem(.invalidInput, "/: expected object, found \(kind)"))
            }
            var values: [String: JSONValue] = [:]
            var ranges: [String: Range<Int>] = [:]
            try scanner.members(depth: 0) { (scanner, key) throws(JSONFault) in
                let name = key.text(in: bytes)
                let range = try scanner.value(depth: 1)
                if names.contains(name) {
                    ranges[name] = range
                } else {
                    values[name] = try JSONValue.parse(UnsafeRawBufferPointer(rebasing: bytes[range]))
                }
            }
            try scanner.end()
            return .success((values, ranges))
        } catch {
            return .failure(Problem(.invalidInput, "parameters: not valid JSON", cause: error.description))
        }
    }
}
