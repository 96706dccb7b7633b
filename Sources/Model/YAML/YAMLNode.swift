/// A node of a YAML document that knows where it stands, so that whoever reads it can name the place of a mistake.
///
/// Only what JSON can say exists here: keys are strings, there are no anchors, aliases or tags, and no key stands twice.
/// Every accessor throws `invalidConfiguration` that reads
/// `plugin.yaml:4:9: instances.maximum: expected integer, found string "two"`.
package struct YAMLNode: Sendable {
    enum Content: Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLMember])
    }

    let content: Content
    package let place: YAMLPlace
    let pathLink: YAMLPath?

    /// The way from the root, `tools[0].name`; empty for the root.
    package var path: String { pathLink?.text ?? "" }

    /// Whether nothing is written here: `key:` or `key: null`.
    package var isNull: Bool { if case .scalar(.null) = content { true } else { false } }

    /// A problem of this node's, with its place and path in front.
    package func problem(_ message: String, hint: String? = nil) -> Problem {
        Problem(.invalidConfiguration, "\(place): \(path.isEmpty ? "" : path + ": ")\(message)", hint: hint)
    }

    /// Runs `body`, and gives what it throws this node's place unless it has one of this file. For values with rules of
    /// their own, such as identifiers.
    package func located<Value>(_ body: () throws(Problem) -> Value) throws(Problem) -> Value {
        do throws(Problem) {
            return try body()
        } catch {
            if error.message.hasPrefix("\(place.file):") { throw error }
            throw problem(error.cause.map { "\(error.message): \($0)" } ?? error.message, hint: error.hint)
        }
    }

    func mismatch(_ expected: String, hint: String? = nil) -> Problem {
        problem("expected \(expected), found \(summary)", hint: hint)
    }

    private var summary: String {
        switch content {
        case .scalar(let scalar): scalar.description
        case .sequence: "a sequence"
        case .mapping: "a mapping"
        }
    }
}

/// A key of a mapping with its own place, and the value behind it.
package struct YAMLMember: Sendable {
    package let key: String
    package let place: YAMLPlace
    package let value: YAMLNode
}

extension YAMLNode {
    /// The members of a mapping, to be read strictly.
    package var mapping: YAMLMapping {
        get throws(Problem) {
            guard case .mapping(let members) = content else { throw mismatch("a mapping") }
            return YAMLMapping(self, members)
        }
    }

    /// The elements of a sequence.
    package var sequence: [YAMLNode] {
        get throws(Problem) {
            guard case .sequence(let elements) = content else { throw mismatch("a sequence") }
            return elements
        }
    }

    /// The node and all beneath it as JSON.
    package var value: JSONValue {
        get throws(Problem) {
            switch content {
            case .scalar(.null): return .null
            case .scalar(.bool(let flag)): return .bool(flag)
            case .scalar(.integer(let number)): return .integer(number)
            case .scalar(.number): return .number(try number())
            case .scalar(.string(let text)): return .string(text)
            case .scalar(.ambiguous): throw mismatch("a value", hint: Self.ambiguityHint)
            case .sequence(let elements):
                var values: [JSONValue] = []
                for element in elements { values.append(try element.value) }
                return .array(values)
            case .mapping(let members):
                var object: [String: JSONValue] = [:]
                for member in members { object[member.key] = try member.value.value }
                return .object(object)
            }
        }
    }
}
