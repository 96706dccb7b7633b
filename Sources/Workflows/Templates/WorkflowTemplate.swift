package import Model

/// A workflow that others begin theirs from: with parameters for what differs from one to the next, and with tests.
package struct WorkflowTemplate: Sendable {
    package let id: WorkflowID
    package let name: String
    package let description: String
    package let category: String
    /// The JSON Schema of its parameters, each with a default.
    package let parameters: JSONValue
    /// A definition, in which a text that is `{{parameter}}` as a whole stands for the parameter's value.
    package let workflow: JSONValue
    private let schema: JSONSchema

    /// Throws `invalidInput` with the place of what is wrong.
    package init(reading value: JSONValue) throws(Problem) {
        var reader = DefinitionReader(value, at: JSONPointer())
        let id = reader.identifier("id", WorkflowID.self)
        let name = reader.requiredLine("name", limit: 100)
        description = reader.text("description", limit: 4000) ?? ""
        category = reader.line("category", limit: 40) ?? "other"
        parameters = reader.schema("parameters") ?? ["type": "object", "properties": [:]]
        workflow = reader.required("workflow") ?? [:]
        reader.finish()
        for (key, property) in parameters["properties"]?.object ?? [:] where property["default"] == nil {
            reader.report("a parameter without a default", at: "parameters", hint: "give \(key) one")
        }
        guard reader.findings.isEmpty, let id, let name else {
            var findings = WorkflowFindings()
            findings.add(reader.findings)
            throw findings.problem
        }
        self.id = id
        self.name = name
        schema = try JSONSchema(parameters, as: "parameters")
    }

    /// The definition of a workflow made from it. Throws `invalidInput` where a parameter is unknown or not as it must be, or
    /// would bring an expression with it.
    package func definition(
        as workflow: WorkflowID, named name: String? = nil, with given: [String: JSONValue] = [:]
    ) throws(Problem) -> JSONValue {
        let properties = parameters["properties"]?.object ?? [:]
        for key in given.keys.sorted() where properties[key] == nil {
            let near = properties.keys.nearest(to: key).map { "did you mean \($0)?" }
            throw Problem(
                .invalidInput, "template \(id) has no parameter \(key.prefix(64).debugDescription)",
                hint: near ?? "it has \(properties.isEmpty ? "none" : properties.keys.sorted().joined(separator: ", "))")
        }
        var values: [String: JSONValue] = [:]
        for (key, property) in properties { values[key] = given[key] ?? property["default"] ?? .null }
        try schema.check(.object(values), as: "parameters")
        for (key, value) in values.sorted(by: { $0.key < $1.key }) where value.hasExpression {
            throw Problem(.invalidInput, "parameters/\(key): a value has no expressions in it", hint: "write it without ${")
        }
        guard case .object(var members) = self.workflow.filling(values) else {
            throw Problem(.invalidInput, "template \(id): /workflow: expected an object")
        }
        members["id"] = .string(workflow.rawValue)
        members["name"] = .string(name ?? members["name"]?.string ?? self.name)
        if members["description"] == nil { members["description"] = .string(description) }
        return .object(members)
    }
}

extension JSONValue {
    /// Whether a text in it would be read as a template with an expression.
    fileprivate var hasExpression: Bool {
        switch self {
        case .string(let text): text.utf8.firstRange(of: "${".utf8) != nil
        case .array(let elements): elements.contains(where: \.hasExpression)
        case .object(let members): members.contains { $0.key.utf8.firstRange(of: "${".utf8) != nil || $0.value.hasExpression }
        default: false
        }
    }

    fileprivate func filling(_ values: [String: JSONValue]) -> JSONValue {
        switch self {
        case .string(let text):
            guard text.hasPrefix("{{"), text.hasSuffix("}}"), let value = values[String(text.dropFirst(2).dropLast(2))] else { return self }
            return value
        case .array(let elements): return .array(elements.map { $0.filling(values) })
        case .object(let members): return .object(members.mapValues { $0.filling(values) })
        default: return self
        }
    }
}
