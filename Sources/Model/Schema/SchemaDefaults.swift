extension JSONSchema {
    /// The value with the defaults of absent properties filled in, also inside what is there or was filled in.
    /// Defaults in alternatives (`anyOf`, `if`) are not applied, because which alternative is meant may depend on them.
    package func applyingDefaults(to value: JSONValue) -> JSONValue {
        var filling = SchemaDefaults(nodes)
        return filling.fill(value, root)
    }
}

/// One pass over a value that fills in defaults; bounded, as defaults may contain each other.
struct SchemaDefaults {
    private static let maximumDepth = 300

    private let nodes: [SchemaNode]
    private var insertions = 10_000
    private var steps = 1_000_000
    private var depth = 0

    init(_ nodes: [SchemaNode]) { self.nodes = nodes }

    var isExhausted: Bool { insertions < 0 || steps < 0 }

    mutating func fill(_ value: JSONValue, _ index: Int) -> JSONValue {
        if depth >= Self.maximumDepth { insertions = -1 }
        guard !isExhausted else { return value }
        depth += 1
        defer { depth -= 1 }

        var value = value
        for part in nodes.sameValue(as: index) {
            steps -= 1
            if let rules = nodes[part].object, case .object(let members) = value {
                value = .object(fill(members, rules))
            }
            if let rules = nodes[part].array, case .array(var elements) = value {
                for index in elements.indices {
                    guard let schema = index < rules.prefix.count ? rules.prefix[index] : rules.items else { break }
                    elements[index] = fill(elements[index], schema)
                }
                value = .array(elements)
            }
        }
        return value
    }

    private mutating func fill(_ members: [String: JSONValue], _ rules: SchemaNode.ObjectRules) -> [String: JSONValue] {
        var members = members
        for (name, property) in rules.properties.sorted(by: { $0.key < $1.key }) where members[name] == nil {
            guard let inserted = nodes.sameValue(as: property).compactMap({ nodes[$0].defaultValue }).first else {
                continue
            }
            insertions -= 1
            members[name] = inserted
        }
        for (name, member) in members {
            var schemas = rules.properties[name].map { [$0] } ?? []
            for (pattern, schema) in rules.patterns {
                steps -= name.utf8.count * pattern.size / 8
                if !isExhausted, pattern.matches(name) { schemas.append(schema) }
            }
            if schemas.isEmpty, let others = rules.others { schemas = [others] }
            for schema in schemas { members[name] = fill(members[name] ?? member, schema) }
        }
        return members
    }
}
