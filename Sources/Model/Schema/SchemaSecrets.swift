extension JSONSchema {
    /// What stands for a secret wherever a value is shown.
    package static let concealed = "(secret)"

    /// The value as it may be shown: whatever a schema that could apply to it marks `secret: true` is concealed.
    ///
    /// An alternative need not hold to conceal, and a value too complex to decide about is concealed as a whole: what
    /// errs, errs on that side.
    package func concealingSecrets(in value: JSONValue) -> JSONValue {
        var concealment = SchemaConcealment(nodes)
        let shown = concealment.conceal(value, root)
        return concealment.isExhausted ? .string(Self.concealed) : shown
    }

    /// Whether any part of a value may be a secret.
    package var hasSecrets: Bool { nodes.contains(where: \.isSecret) }
}

private struct SchemaConcealment {
    private let nodes: [SchemaNode]
    private var budget = 1_000_000
    private var depth = 0

    init(_ nodes: [SchemaNode]) { self.nodes = nodes }

    var isExhausted: Bool { budget < 0 }

    mutating func conceal(_ value: JSONValue, _ index: Int) -> JSONValue {
        budget -= 1
        depth += 1
        defer { depth -= 1 }
        if depth > 600 { budget = -1 }
        guard !isExhausted else { return .string(JSONSchema.concealed) }

        let node = nodes[index]
        if node.isSecret, !value.isNull { return .string(JSONSchema.concealed) }
        var value = value
        for part in node.inPlace where part != node.not { value = conceal(value, part) }
        if let rules = node.object, case .object(var members) = value {
            for (name, member) in members {
                var schemas = rules.properties[name].map { [$0] } ?? []
                for (pattern, schema) in rules.patterns {
                    budget -= name.utf8.count * pattern.size / 8
                    if isExhausted || pattern.matches(name) { schemas.append(schema) }
                }
                if schemas.isEmpty, let others = rules.others { schemas = [others] }
                for schema in schemas { members[name] = conceal(members[name] ?? member, schema) }
            }
            value = .object(members)
        }
        if let rules = node.array, case .array(var elements) = value {
            for index in elements.indices {
                if let schema = index < rules.prefix.count ? rules.prefix[index] : rules.items {
                    elements[index] = conceal(elements[index], schema)
                }
                if let contained = rules.contains { elements[index] = conceal(elements[index], contained) }
            }
            value = .array(elements)
        }
        return value
    }
}
