import Model
import NIOCore
import Wire

/// The members of a request's parameters, read strictly. Those asked for as raw stay the bytes that came, not even copied.
struct ControlParameters {
    var members: JSONObjectReader
    private var raw: [String: ByteBuffer]

    /// Absent parameters are an empty object. Problems are `invalidInput` with the JSON pointer of the place.
    init(_ bytes: ByteBuffer?, raw names: Set<String> = []) throws(Problem) {
        let split = try MemberSplit(bytes, raw: names)
        members = try JSONObjectReader(.object(split.values))
        raw = split.raw
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

    /// A list of such texts; none where the member is absent.
    mutating func words(_ name: String, limit: Int) throws(Problem) -> [String] {
        guard let value = members.take(name) else { return [] }
        guard let elements = value.array else {
            throw Problem(.invalidInput, "/\(name): expected array, found \(value.kind)")
        }
        guard elements.count <= limit else { throw Problem(.invalidInput, "/\(name): more than \(limit) entries") }
        var words: [String] = []
        for (index, element) in elements.enumerated() {
            guard let text = element.string, (1...256).contains(text.utf8.count),
                !text.unicodeScalars.contains(where: \.isControl)
            else {
                throw Problem(.invalidInput, "/\(name)/\(index): expected a string of 1 to 256 bytes without control characters")
            }
            words.append(text)
        }
        return words
    }

    mutating func reference() throws(Problem) -> PluginReference {
        PluginReference(tenant: try identifier("tenant"), plugin: try identifier("plugin"))
    }

    /// The member `configuration`, which is an object where it is there.
    mutating func configuration() throws(Problem) -> JSONValue? {
        let configuration = members.take("configuration")
        if let configuration, configuration.object == nil {
            throw Problem(.invalidInput, "/configuration: expected object, found \(configuration.kind)")
        }
        return configuration
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
