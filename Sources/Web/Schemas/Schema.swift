import Model

/// What a value on the wire looks like: checks what comes in, and describes itself in the API's document, from one
/// declaration.
struct Schema: Sendable {
    struct Property: Sendable {
        let name: String
        let schema: Schema
        let isRequired: Bool

        static func required(_ name: String, _ schema: Schema) -> Property { Property(name: name, schema: schema, isRequired: true) }
        static func optional(_ name: String, _ schema: Schema) -> Property { Property(name: name, schema: schema, isRequired: false) }
    }

    /// How the parts are written.
    enum Style {
        /// Parts with a name are referred to.
        case document
        /// Everything in place, so that the schema stands by itself. Objects admit nothing that is not declared.
        case whole
    }

    /// Under which the document lists it among its components; nil where it stands in place.
    let name: String?
    private var keywords: [String: JSONValue]
    private let properties: [Property]?
    private let element: [Schema]
    private let values: [Schema]
    private var isNullable = false
    /// Objects that come in admit nothing that is not declared; those that go out may gain members later.
    private let isClosed: Bool

    private init(
        _ name: String? = nil, _ keywords: [String: JSONValue], properties: [Property]? = nil, element: [Schema] = [],
        values: [Schema] = [], isClosed: Bool = false
    ) {
        self.name = name
        self.keywords = keywords
        self.properties = properties
        self.element = element
        self.values = values
        self.isClosed = isClosed
    }

    static func string(
        _ summary: String? = nil, length: ClosedRange<Int>? = nil, pattern: String? = nil, format: String? = nil
    ) -> Schema {
        var keywords: [String: JSONValue] = ["type": "string"]
        keywords["description"] = summary.map(JSONValue.string)
        keywords["minLength"] = length.map { JSONValue($0.lowerBound) }
        keywords["maxLength"] = length.map { JSONValue($0.upperBound) }
        keywords["pattern"] = pattern.map(JSONValue.string)
        keywords["format"] = format.map(JSONValue.string)
        return Schema(nil, keywords)
    }

    static func choice(_ words: [String], _ summary: String? = nil) -> Schema {
        var keywords: [String: JSONValue] = ["type": "string", "enum": .array(words.map(JSONValue.string))]
        keywords["description"] = summary.map(JSONValue.string)
        return Schema(nil, keywords)
    }

    static func integer(_ summary: String? = nil, in range: ClosedRange<Int64>? = nil, default value: Int64? = nil) -> Schema {
        var keywords: [String: JSONValue] = ["type": "integer"]
        keywords["description"] = summary.map(JSONValue.string)
        keywords["minimum"] = range.map { .integer($0.lowerBound) }
        keywords["maximum"] = range.map { .integer($0.upperBound) }
        keywords["default"] = value.map(JSONValue.integer)
        return Schema(nil, keywords)
    }

    static func number(_ summary: String? = nil, in range: ClosedRange<Double>? = nil) -> Schema {
        var keywords: [String: JSONValue] = ["type": "number"]
        keywords["description"] = summary.map(JSONValue.string)
        keywords["minimum"] = range.map { .number($0.lowerBound) }
        keywords["maximum"] = range.map { .number($0.upperBound) }
        return Schema(nil, keywords)
    }

    static func boolean(_ summary: String? = nil, default value: Bool? = nil) -> Schema {
        var keywords: [String: JSONValue] = ["type": "boolean"]
        keywords["description"] = summary.map(JSONValue.string)
        keywords["default"] = value.map(JSONValue.bool)
        return Schema(nil, keywords)
    }

    /// Any JSON value.
    static func any(_ summary: String) -> Schema { Schema(nil, ["description": .string(summary)]) }

    /// Any JSON object.
    static func anyObject(_ summary: String) -> Schema { Schema(nil, ["type": "object", "description": .string(summary)]) }

    static func array(of element: Schema, _ summary: String? = nil, limit: Int? = nil) -> Schema {
        var keywords: [String: JSONValue] = ["type": "array"]
        keywords["description"] = summary.map(JSONValue.string)
        keywords["maxItems"] = limit.map { JSONValue($0) }
        return Schema(nil, keywords, element: [element])
    }

    static func map(of values: Schema, _ summary: String) -> Schema {
        Schema(nil, ["type": "object", "description": .string(summary)], values: [values])
    }

    /// An object that the daemon sends.
    static func object(_ name: String, _ properties: [Property], _ summary: String? = nil) -> Schema {
        Schema(name, object(summary), properties: properties)
    }

    static func object(_ properties: [Property], _ summary: String? = nil) -> Schema {
        Schema(nil, object(summary), properties: properties)
    }

    /// An object that the daemon receives.
    static func input(_ name: String, _ properties: [Property], _ summary: String? = nil) -> Schema {
        Schema(name, object(summary), properties: properties, isClosed: true)
    }

    static func input(_ properties: [Property], _ summary: String? = nil) -> Schema {
        Schema(nil, object(summary), properties: properties, isClosed: true)
    }

    private static func object(_ summary: String?) -> [String: JSONValue] {
        var keywords: [String: JSONValue] = ["type": "object"]
        keywords["description"] = summary.map(JSONValue.string)
        return keywords
    }

    /// The same, or null.
    var orNull: Schema {
        var schema = self
        schema.isNullable = true
        return schema
    }

    var type: String? { keywords["type"]?.string }

    /// The components that it is made of, itself included.
    var components: [Schema] {
        let parts = (properties ?? []).map(\.schema) + element + values
        return (name == nil ? [] : [self]) + parts.flatMap(\.components)
    }

    func json(_ style: Style) -> JSONValue {
        guard isNullable else { return reference(style) ?? .object(members(style)) }
        if let reference = reference(style) { return ["anyOf": [reference, ["type": "null"]]] }
        var members = members(style)
        if let type = members["type"] { members["type"] = [type, "null"] }
        if let words = members["enum"]?.array { members["enum"] = .array(words + [.null]) }
        return .object(members)
    }

    /// The schema itself, also where it has a name.
    func members(_ style: Style) -> [String: JSONValue] {
        var members = keywords
        if let element = element.first { members["items"] = element.json(style) }
        if let values = values.first { members["additionalProperties"] = values.json(style) }
        guard let properties else { return members }
        members["properties"] = .object(
            Dictionary(properties.map { ($0.name, $0.schema.json(style)) }, uniquingKeysWith: { $1 }))
        let required = properties.filter(\.isRequired).map { JSONValue.string($0.name) }
        if !required.isEmpty { members["required"] = .array(required) }
        if isClosed || style == .whole { members["additionalProperties"] = false }
        return members
    }

    private func reference(_ style: Style) -> JSONValue? {
        guard style == .document, let name else { return nil }
        return ["$ref": .string("#/components/schemas/\(name)")]
    }
}

extension Schema {
    /// Compiled, to check values. Schemas are written in this module, so one that is none is a fault of the program.
    func compiled() -> JSONSchema {
        do throws(SchemaFaults) {
            return try JSONSchema.compile(json(.whole))
        } catch {
            preconditionFailure("not a schema: \(error.problem(name ?? "schema"))")
        }
    }
}
