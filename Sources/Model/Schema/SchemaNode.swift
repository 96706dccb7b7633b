/// One compiled schema. Schemas inside it are indices into the table of all nodes, so that references may form circles.
///
/// An object, because a check recurses and copies of so large a value would fill the stack.
// Unchecked: only the compiler writes, and it hands the nodes out when it is done.
final class SchemaNode: @unchecked Sendable {
    /// The schema `false`, which nothing satisfies.
    var refusesAll = false
    var types: SchemaTypes?
    var choices: [JSONValue]?
    var constant: JSONValue?
    var number: NumberRules?
    var text: TextRules?
    var array: ArrayRules?
    var object: ObjectRules?

    var reference: Int?
    var allOf: [Int] = []
    var anyOf: [Int] = []
    var oneOf: [Int] = []
    var not: Int?
    var condition: Int?
    var consequence: Int?
    var alternative: Int?

    var defaultValue: JSONValue?
    var isSecret = false

    struct NumberRules: Sendable {
        var minimum: JSONValue?
        var maximum: JSONValue?
        var exclusiveMinimum: JSONValue?
        var exclusiveMaximum: JSONValue?
        var multipleOf: JSONValue?
    }

    struct TextRules: Sendable {
        var minimumLength: Int?
        var maximumLength: Int?
        var pattern: Pattern?
        var format: TextFormat?
    }

    struct ArrayRules: Sendable {
        var prefix: [Int] = []
        var items: Int?
        var contains: Int?
        var minimumContained: Int?
        var maximumContained: Int?
        var minimumCount: Int?
        var maximumCount: Int?
        var isUnique = false
    }

    struct ObjectRules: Sendable {
        var properties: [String: Int] = [:]
        var patterns: [(pattern: Pattern, node: Int)] = []
        /// `additionalProperties`.
        var others: Int?
        /// Whether `patternProperties` had patterns that cannot be checked, so that nobody knows which are the others.
        var hasUncheckedPatterns = false
        var names: Int?
        var required: [String] = []
        var dependentRequired: [String: [String]] = [:]
        var dependentSchemas: [String: Int] = [:]
        var minimumCount: Int?
        var maximumCount: Int?
    }

    /// The schemas that judge the same value as this one.
    var inPlace: [Int] {
        [reference, not, condition, consequence, alternative].compactMap(\.self) + allOf + anyOf + oneOf
            + (object?.dependentSchemas.values.map(\.self) ?? [])
    }
}

/// The kinds of value that a schema's `type` admits.
struct SchemaTypes: OptionSet, Sendable {
    let rawValue: UInt8

    static let null = SchemaTypes(rawValue: 1)
    static let boolean = SchemaTypes(rawValue: 2)
    static let integer = SchemaTypes(rawValue: 4)
    /// Any number, integers among them.
    static let number = SchemaTypes(rawValue: 8)
    static let string = SchemaTypes(rawValue: 16)
    static let array = SchemaTypes(rawValue: 32)
    static let object = SchemaTypes(rawValue: 64)

    static let names: [(String, SchemaTypes)] = [
        ("null", .null), ("boolean", .boolean), ("integer", .integer), ("number", .number), ("string", .string),
        ("array", .array), ("object", .object),
    ]

    func admits(_ value: JSONValue) -> Bool {
        switch value {
        case .null: contains(.null)
        case .bool: contains(.boolean)
        case .integer: contains(.integer) || contains(.number)
        // A whole number beyond 64 bits is a double here and an integer for the schema.
        case .number(let number): contains(.number) || (contains(.integer) && number.rounded() == number)
        case .string: contains(.string)
        case .array: contains(.array)
        case .object: contains(.object)
        }
    }

    var description: String {
        Self.names.filter { contains($0.1) }.map(\.0).joined(separator: " or ")
    }
}
