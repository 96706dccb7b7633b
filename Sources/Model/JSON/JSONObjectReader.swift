/// Reads the members of an object strictly: each by name and kind, and nothing unknown left over.
///
/// Problems are `invalidInput` with the JSON pointer of the place.
package struct JSONObjectReader {
    private var members: [String: JSONValue]
    private let pointer: String

    package init(_ value: JSONValue, at pointer: String = "") throws(Problem) {
        guard let members = value.object else {
            throw Self.mismatch(pointer.isEmpty ? "/" : pointer, expected: "object", found: value.kind)
        }
        self.members = members
        self.pointer = pointer
    }

    /// Takes a member out; null counts as absent.
    package mutating func take(_ name: String) -> JSONValue? {
        guard let value = members.removeValue(forKey: name), !value.isNull else { return nil }
        return value
    }

    package mutating func required(_ name: String) throws(Problem) -> JSONValue {
        guard let value = take(name) else {
            throw Problem(.invalidInput, "\(pointer)/\(name): missing")
        }
        return value
    }

    package mutating func string(_ name: String) throws(Problem) -> String {
        let value = try required(name)
        guard let text = value.string else { throw mismatch(name, "string", value) }
        return text
    }

    package mutating func optionalString(_ name: String) throws(Problem) -> String? {
        guard let value = take(name) else { return nil }
        guard let text = value.string else { throw mismatch(name, "string", value) }
        return text
    }

    package mutating func optionalInteger(_ name: String) throws(Problem) -> Int64? {
        guard let value = take(name) else { return nil }
        guard let number = value.integer else { throw mismatch(name, "integer", value) }
        return number
    }

    package mutating func optionalNumber(_ name: String) throws(Problem) -> Double? {
        guard let value = take(name) else { return nil }
        guard let number = value.number else { throw mismatch(name, "number", value) }
        return number
    }

    package mutating func optionalBool(_ name: String) throws(Problem) -> Bool? {
        guard let value = take(name) else { return nil }
        guard let flag = value.bool else { throw mismatch(name, "boolean", value) }
        return flag
    }

    /// Call last: a member that nobody asked for is a mistake of the sender's.
    package func finish() throws(Problem) {
        if let unknown = members.keys.sorted().first {
            throw Problem(.invalidInput, "\(pointer)/\(unknown): unknown member")
        }
    }

    private func mismatch(_ name: String, _ expected: String, _ value: JSONValue) -> Problem {
        Self.mismatch("\(pointer)/\(name)", expected: expected, found: value.kind)
    }

    private static func mismatch(_ place: String, expected: String, found: String) -> Problem {
        Problem(.invalidInput, "\(place): expected \(expected), found \(found)")
    }
}
