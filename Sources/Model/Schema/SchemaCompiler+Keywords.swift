extension SchemaCompiler {
    private static let annotations: Set<String> = [
        "$schema", "$comment", "$vocabulary", "title", "description", "examples", "example", "deprecated", "readOnly",
        "writeOnly", "contentEncoding", "contentMediaType", "contentSchema",
    ]
    private static let unsupported: [String: String] = [
        "$dynamicRef": "use $ref", "$dynamicAnchor": "use $anchor", "$recursiveRef": "use $ref",
        "$recursiveAnchor": "use $anchor", "unevaluatedProperties": "use additionalProperties",
        "unevaluatedItems": "use items", "dependencies": "use dependentRequired or dependentSchemas",
        "additionalItems": "use items",
    ]
    private static let known: [String] = [
        "type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "minLength",
        "maxLength", "pattern", "format", "items", "prefixItems", "contains", "minContains", "maxContains", "minItems",
        "maxItems", "uniqueItems", "properties", "patternProperties", "additionalProperties", "propertyNames",
        "required", "minProperties", "maxProperties", "dependentRequired", "dependentSchemas", "allOf", "anyOf",
        "oneOf",
        "not", "if", "then", "else", "$ref", "$defs", "$anchor", "default", "secret", "title", "description",
        "examples",
    ]

    mutating func read(
        _ keyword: String, _ value: JSONValue, _ pointer: JSONPointer, into node: SchemaNode, _ index: Int
    ) {
        switch keyword {
        case "type": node.types = types(value, pointer)
        case "enum":
            guard let choices = value.array, !choices.isEmpty || dialect == .foreign else {
                return fault(
                    pointer, "expected a list of values, found \(value.array == nil ? value.kind : "an empty one")")
            }
            node.choices = choices.map(\.normalized)
        case "const": node.constant = value.normalized
        case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf":
            readNumber(keyword, value, pointer, node)
        case "minLength", "maxLength", "pattern", "format": readText(keyword, value, pointer, node)
        case "items", "prefixItems", "contains", "minContains", "maxContains", "minItems", "maxItems", "uniqueItems":
            readArray(keyword, value, pointer, node)
        case "properties", "patternProperties", "additionalProperties", "propertyNames", "required", "minProperties",
            "maxProperties", "dependentRequired", "dependentSchemas":
            readObject(keyword, value, pointer, node)
        case "allOf": node.allOf += schemas(value, pointer)
        case "anyOf": node.anyOf = schemas(value, pointer)
        case "oneOf": node.oneOf = schemas(value, pointer)
        case "not": node.not = schema(value, pointer)
        case "if": node.condition = schema(value, pointer)
        case "then": node.consequence = schema(value, pointer)
        case "else": node.alternative = schema(value, pointer)
        case "$defs", "definitions": _ = schemaMap(value, pointer)
        case "$ref":
            guard let text = value.string else { return expected("string", value, pointer) }
            refer(index, to: text, pointer)
        case "$anchor":
            guard let name = value.string else { return expected("string", value, pointer) }
            anchor(name, index, pointer)
        case "$id": if pointer.steps.count > 1 { reproach(pointer, "only the whole document may have an $id") }
        case "default": node.defaultValue = value
        case "secret":
            guard let flag = value.bool else { return expected("boolean", value, pointer) }
            node.isSecret = flag
        default:
            if Self.annotations.contains(keyword) || keyword.hasPrefix("x-") { return }
            if let instead = Self.unsupported[keyword] {
                return reproach(pointer, "this keyword is not supported", hint: instead)
            }
            reproach(
                pointer, "unknown keyword",
                hint: Self.known.nearest(to: keyword).map { "did you mean \($0)?" }
                    ?? "keywords of your own start with x-")
        }
    }

    mutating func expected(_ what: String, _ value: JSONValue, _ pointer: JSONPointer) {
        fault(pointer, "expected \(what), found \(value.kind)")
    }

    mutating func count(_ value: JSONValue, _ pointer: JSONPointer) -> Int? {
        guard let count = value.integer, count >= 0 else {
            fault(pointer, "expected a whole number from 0, found \(value.kind)")
            return nil
        }
        return Int(count)
    }

    mutating func strings(_ value: JSONValue, _ pointer: JSONPointer) -> [String] {
        guard let array = value.array, array.allSatisfy({ $0.string != nil }) else {
            fault(pointer, "expected a list of strings")
            return []
        }
        let strings = array.compactMap(\.string)
        if Set(strings).count != strings.count { reproach(pointer, "a string stands twice") }
        return strings
    }

    mutating func schemas(_ value: JSONValue, _ pointer: JSONPointer) -> [Int] {
        guard let array = value.array, !array.isEmpty else {
            fault(pointer, "expected a list of schemas, found \(value.array == nil ? value.kind : "an empty one")")
            return []
        }
        return array.enumerated().map { schema($1, pointer.appending($0)) }
    }

    mutating func schemaMap(_ value: JSONValue, _ pointer: JSONPointer) -> [(String, Int)] {
        guard let members = value.object else {
            expected("object", value, pointer)
            return []
        }
        return members.sorted { $0.key < $1.key }.map { ($0.key, schema($0.value, pointer.appending($0.key))) }
    }

    private mutating func types(_ value: JSONValue, _ pointer: JSONPointer) -> SchemaTypes? {
        let words = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
        guard !words.isEmpty, value.array.map({ $0.count == words.count }) ?? true else {
            fault(pointer, "expected a type or a list of types, found \(value.kind)")
            return nil
        }
        var types: SchemaTypes = []
        for word in words {
            guard let type = SchemaTypes.names.first(where: { $0.0 == word }) else {
                let names = SchemaTypes.names.map(\.0)
                fault(
                    pointer, "unknown type \(word.prefix(40).debugDescription)",
                    hint: names.nearest(to: word).map { "did you mean \($0)?" } ?? names.joined(separator: ", "))
                return nil
            }
            types.insert(type.1)
        }
        return types
    }
}
