import Model

/// A part of a request's path or query, or a header.
struct Parameter: Sendable {
    enum Place: String, Sendable {
        case path, query, header
    }

    let name: String
    let place: Place
    let schema: Schema
    let isRequired: Bool
    let summary: String
    private let check: JSONSchema

    private init(_ name: String, _ place: Place, _ schema: Schema, _ isRequired: Bool, _ summary: String) {
        self.name = name
        self.place = place
        self.schema = schema
        self.isRequired = isRequired
        self.summary = summary
        check = schema.compiled()
    }

    static func path(_ name: String, _ schema: Schema, _ summary: String) -> Parameter {
        Parameter(name, .path, schema, true, summary)
    }

    static func query(_ name: String, _ schema: Schema, _ summary: String, isRequired: Bool = false) -> Parameter {
        Parameter(name, .query, schema, isRequired, summary)
    }

    static func header(_ name: String, _ schema: Schema, _ summary: String) -> Parameter {
        Parameter(name, .header, schema, true, summary)
    }

    /// The value that a text stands for, and what is wrong with it.
    func read(_ text: String) -> (value: JSONValue, faults: [Fault]) {
        let value = typed(text)
        return (value, check.violations(in: value).map { Fault(place == .header ? .header(name) : .parameter(name), $0.message, hint: $0.hint) })
    }

    private func typed(_ text: String) -> JSONValue {
        switch schema.type {
        case "integer": Int64(text).map(JSONValue.integer) ?? .string(text)
        case "boolean": text == "true" ? true : text == "false" ? false : .string(text)
        default: .string(text)
        }
    }
}
