/// The keywords that concern one kind of value each.
extension SchemaCompiler {
    mutating func readNumber(_ keyword: String, _ value: JSONValue, _ pointer: JSONPointer, _ node: SchemaNode) {
        if value.bool != nil, keyword.hasPrefix("exclusive") {
            return fault(
                pointer, "expected number, found boolean", hint: "write the bound itself, as drafts since 6 do")
        }
        guard let number = value.number else { return expected("number", value, pointer) }
        var rules = node.number ?? .init()
        let bound = value.normalized
        switch keyword {
        case "minimum": rules.minimum = bound
        case "maximum": rules.maximum = bound
        case "exclusiveMinimum": rules.exclusiveMinimum = bound
        case "exclusiveMaximum": rules.exclusiveMaximum = bound
        default:
            guard number > 0 else { return fault(pointer, "expected a number above 0") }
            rules.multipleOf = bound
        }
        node.number = rules
    }

    mutating func readText(_ keyword: String, _ value: JSONValue, _ pointer: JSONPointer, _ node: SchemaNode) {
        var rules = node.text ?? .init()
        switch keyword {
        case "minLength": rules.minimumLength = count(value, pointer)
        case "maxLength": rules.maximumLength = count(value, pointer)
        case "pattern":
            guard let text = value.string else { return expected("string", value, pointer) }
            rules.pattern = pattern(text, pointer)
        default:
            guard let name = value.string else { return expected("string", value, pointer) }
            rules.format = TextFormat(rawValue: name)
            if rules.format == nil, !TextFormat.unchecked.contains(name),
                let near = TextFormat.allCases.map(\.rawValue).nearest(to: name)
            {
                reproach(pointer, "unknown format \(name.prefix(40).debugDescription)", hint: "did you mean \(near)?")
            }
        }
        node.text = rules
    }

    /// A foreign pattern beyond what is supported is not checked.
    private mutating func pattern(_ text: String, _ pointer: JSONPointer) -> Pattern? {
        do throws(Problem) {
            return try Pattern(text)
        } catch {
            reproach(pointer, error.message, hint: error.hint)
            return nil
        }
    }

    mutating func readArray(_ keyword: String, _ value: JSONValue, _ pointer: JSONPointer, _ node: SchemaNode) {
        var rules = node.array ?? .init()
        switch keyword {
        case "items":
            if value.array != nil {
                // Up to draft 2019-09 this was the name of prefixItems.
                reproach(pointer, "expected a schema, found array", hint: "use prefixItems")
                rules.prefix = schemas(value, pointer)
            } else {
                rules.items = schema(value, pointer)
            }
        case "prefixItems": rules.prefix = schemas(value, pointer)
        case "contains": rules.contains = schema(value, pointer)
        case "minContains": rules.minimumContained = count(value, pointer)
        case "maxContains": rules.maximumContained = count(value, pointer)
        case "minItems": rules.minimumCount = count(value, pointer)
        case "maxItems": rules.maximumCount = count(value, pointer)
        default:
            guard let flag = value.bool else { return expected("boolean", value, pointer) }
            rules.isUnique = flag
        }
        node.array = rules
    }

    mutating func readObject(_ keyword: String, _ value: JSONValue, _ pointer: JSONPointer, _ node: SchemaNode) {
        var rules = node.object ?? .init()
        switch keyword {
        case "properties": rules.properties = Dictionary(uniqueKeysWithValues: schemaMap(value, pointer))
        case "patternProperties":
            for (text, schema) in schemaMap(value, pointer) {
                if let pattern = pattern(text, pointer.appending(text)) {
                    rules.patterns.append((pattern, schema))
                } else {
                    rules.hasUncheckedPatterns = true
                }
            }
        case "additionalProperties": rules.others = schema(value, pointer)
        case "propertyNames": rules.names = schema(value, pointer)
        case "required":
            if value.bool != nil {
                return fault(
                    pointer, "expected a list of strings, found boolean",
                    hint: "list the property's name under required of the object around it")
            }
            rules.required = strings(value, pointer)
        case "minProperties": rules.minimumCount = count(value, pointer)
        case "maxProperties": rules.maximumCount = count(value, pointer)
        case "dependentSchemas": rules.dependentSchemas = Dictionary(uniqueKeysWithValues: schemaMap(value, pointer))
        default:
            guard let members = value.object else { return expected("object", value, pointer) }
            for (name, needs) in members.sorted(by: { $0.key < $1.key }) {
                rules.dependentRequired[name] = strings(needs, pointer.appending(name))
            }
        }
        node.object = rules
    }
}
