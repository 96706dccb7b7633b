import Model
import NIOCore

/// The members of a request's parameters, read strictly. Those asked for as raw stay the bytes that came, not even copied.
struct ControlParameters {
    var members: JSONObjectReader
    private var raw: [String: ByteBuffer]

    /// Absent parameters are an empty object. Problems are `invalidInput` with the JSON pointer of the place.
    init(_ bytes: ByteBuffer?, raw names: Set<String> = []) throws(Problem) {
        guard let bytes else {
            members = try JSONObjectReader(.object([:]))
            raw = [:]
            return
        }
        let (values, ranges) = try bytes.withUnsafeReadableBytes { Self.split($0, raw: names) }.get()
        members = try JSONObjectReader(values)
        raw = ranges.mapValues { range in
            var slice = bytes
            slice.moveReaderIndex(forwardBy: range.lowerBound)
            return slice.readSlice(length: range.count) ?? ByteBuffer()
        }
    }

    private typealias Split = (values: JSONValue, raw: [String: Range<Int>])

    private static func split(
        _ bytes: UnsafeRawBufferPointer, raw names: Set<String>
    ) -> Result<Split, Problem> {
        do throws(JSONFault) {
            var scanner = JSONScanner(bytes)
            guard try scanner.peek() == UInt8(ascii: "{") else { return .success((try JSONValue.parse(bytes), [:])) }
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
            return .success((.object(values), ranges))
        } catch {
            return .failure(Problem(.invalidInput, "parameters: not valid JSON", cause: error.description))
        }
    }

    /// The bytes of a member that was asked for as raw; nil where it is absent.
    mutating func takeRaw(_ name: String) -> ByteBuffer? { raw.removeValue(forKey: name) }

    mutating func identifier<Identifier: LabelIdentifier>(_ name: String) throws(Problem) -> Identifier {
        let text = try members.string(name)
        return try Self.located(name) { () throws(Problem) in try Identifier(text) }
    }

    mutating func optionalIdentifier<Identifier: LabelIdentifier>(_ name: String) throws(Problem) -> Identifier? {
        guard let text = try members.optionalString(name) else { return nil }
        return try Self.located(name) { () throws(Problem) in try Identifier(text) }
    }

    mutating func documentName(_ name: String) throws(Problem) -> DocumentName {
        let text = try members.string(name)
        return try Self.located(name) { () throws(Problem) in try DocumentName(text) }
    }

    mutating func pluginSource(_ name: String) throws(Problem) -> PluginSource {
        let text = try members.string(name)
        return try Self.located(name) { () throws(Problem) in try PluginSource(text) }
    }

    mutating func size(_ name: String) throws(Problem) -> ByteSize {
        guard let size = try optionalSize(name) else { throw Problem(.invalidInput, "/\(name): missing") }
        return size
    }

    mutating func optionalSize(_ name: String) throws(Problem) -> ByteSize? {
        guard let bytes = try members.optionalInteger(name) else { return nil }
        guard bytes >= 0 else { throw Problem(.invalidInput, "/\(name): a size is not negative, found \(bytes)") }
        return ByteSize(bytes: bytes)
    }

    mutating func optionalCount(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let number = try members.optionalInteger(name) else { return nil }
        guard let count = Int(exactly: number), range.contains(count) else {
            throw Problem(
                .invalidInput, "/\(name): out of range: \(number)", hint: "\(range.lowerBound) to \(range.upperBound)")
        }
        return count
    }

    /// A text of 1 to `limit` bytes without control characters.
    mutating func word(_ name: String, limit: Int) throws(Problem) -> String {
        let text = try members.string(name)
        guard (1...limit).contains(text.utf8.count), !text.unicodeScalars.contains(where: \.isControl) else {
            throw Problem(.invalidInput, "/\(name): expected 1 to \(limit) bytes without control characters")
        }
        return text
    }

    mutating func reference() throws(Problem) -> PluginReference {
        PluginReference(tenant: try identifier("tenant"), plugin: try identifier("plugin"))
    }

    func finish() throws(Problem) { try members.finish() }

    /// Gives what `body` throws the place of the member.
    static func located<Value>(_ name: String, _ body: () throws(Problem) -> Value) throws(Problem) -> Value {
        do throws(Problem) {
            return try body()
        } catch {
            var problem = error
            problem.message = "/\(name): \(problem.message)"
            throw problem
        }
    }
}

extension Unicode.Scalar {
    /// C0, DEL and C1: what a terminal or a log reader may take for an order.
    var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }
}
