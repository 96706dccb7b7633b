/// The rules for one kind of value each.
extension SchemaEvaluation {
    mutating func check(_ rules: SchemaNode.NumberRules, _ value: JSONValue) {
        if let bound = rules.minimum, Self.precedes(value, bound) { report("must be at least \(bound.compactText)") }
        if let bound = rules.maximum, Self.precedes(bound, value) { report("must be at most \(bound.compactText)") }
        if let bound = rules.exclusiveMinimum, !Self.precedes(bound, value) {
            report("must be above \(bound.compactText)")
        }
        if let bound = rules.exclusiveMaximum, !Self.precedes(value, bound) {
            report("must be below \(bound.compactText)")
        }
        if let unit = rules.multipleOf, !Self.isMultiple(value, of: unit) {
            report("must be a multiple of \(unit.compactText)")
        }
    }

    /// Exact among integers, which doubles beyond 2^53 are not.
    private static func precedes(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if case .integer(let left) = left, case .integer(let right) = right { return left < right }
        return (left.number ?? 0) < (right.number ?? 0)
    }

    private static func isMultiple(_ value: JSONValue, of unit: JSONValue) -> Bool {
        if case .integer(let value) = value, case .integer(let unit) = unit { return value % unit == 0 }
        let (number, step) = (value.number ?? 0, unit.number ?? 1)
        let quotient = number / step
        guard quotient.isFinite else { return number.truncatingRemainder(dividingBy: step) == 0 }
        // 0.3 is three times 0.1 for people, if not for doubles.
        return abs(quotient - quotient.rounded()) <= 1e-9 * max(1, abs(quotient))
    }

    mutating func check(_ rules: SchemaNode.TextRules, _ text: String) {
        if rules.minimumLength != nil || rules.maximumLength != nil {
            spend(text.utf8.count / 16)
            let length = text.unicodeScalars.count
            if let least = rules.minimumLength, length < least {
                report(least == 1 ? "must not be empty" : "must have at least \(least) characters, has \(length)")
            }
            if let most = rules.maximumLength, length > most {
                report("must have at most \(most) characters, has \(length)")
            }
        }
        if let pattern = rules.pattern {
            let length = min(text.utf8.count, Pattern.maximumTextLength)
            spend(length * pattern.size / 8)
            if text.utf8.count > Pattern.maximumTextLength, text.unicodeScalars.count > Pattern.maximumTextLength {
                report("too long to be matched against a pattern: over \(Pattern.maximumTextLength) characters")
            } else if !isExhausted, !pattern.matches(text) {
                report("must match \(pattern.description.prefix(120))")
            }
        }
        if let format = rules.format {
            spend(text.utf8.count / 16)
            if !format.admits(text) { report("must be \(format.noun)") }
        }
    }

    mutating func check(_ rules: SchemaNode.ArrayRules, _ elements: [JSONValue]) {
        if let least = rules.minimumCount, elements.count < least {
            report("must have at least \(least) elements, has \(elements.count)")
        }
        if let most = rules.maximumCount, elements.count > most {
            report("must have at most \(most) elements, has \(elements.count)")
        }
        if rules.isUnique {
            var seen: [JSONValue: Int] = [:]
            for (index, element) in elements.enumerated() {
                spend(element.weight)
                guard !isExhausted else { return }
                if let first = seen.updateValue(index, forKey: element) {
                    inside(.index(index)) { $0.report("equals element \(first), all must differ") }
                    break
                }
            }
        }
        for (index, element) in elements.enumerated() {
            guard let schema = index < rules.prefix.count ? rules.prefix[index] : rules.items else { break }
            guard !isDone else { return }
            inside(.index(index)) { $0.check(schema, element) }
        }
        if let contained = rules.contains {
            var count = 0
            for element in elements where !isExhausted && passes(contained, element) { count += 1 }
            let least = rules.minimumContained ?? 1
            if count < least { report("must have at least \(least) elements of the kind asked for, has \(count)") }
            if let most = rules.maximumContained, count > most {
                report("must have at most \(most) elements of the kind asked for, has \(count)")
            }
        }
    }

    mutating func check(_ rules: SchemaNode.ObjectRules, _ members: [String: JSONValue], _ value: JSONValue) {
        if let least = rules.minimumCount, members.count < least {
            report("must have at least \(least) properties, has \(members.count)")
        }
        if let most = rules.maximumCount, members.count > most {
            report("must have at most \(most) properties, has \(members.count)")
        }
        for name in rules.required where members[name] == nil {
            inside(.key(name)) { $0.report("missing") }
        }
        for (name, needs) in rules.dependentRequired where members[name] != nil {
            for need in needs where members[need] == nil {
                inside(.key(need)) { $0.report("missing, because \(name.prefix(80)) is there") }
            }
        }
        for (name, schema) in rules.dependentSchemas where members[name] != nil { check(schema, value) }
        // In order of names, so that equal values have equal violations.
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            guard !isDone else { return }
            check(rules, name, member)
        }
    }

    private mutating func check(_ rules: SchemaNode.ObjectRules, _ name: String, _ member: JSONValue) {
        spend(1)
        if let schema = rules.names, let violation = trial(schema, .string(name)).first {
            inside(.key(name)) { $0.report("this name: \(violation.message)", hint: violation.hint) }
        }
        var isKnown = false
        if let schema = rules.properties[name] {
            isKnown = true
            inside(.key(name)) { $0.check(schema, member) }
        }
        for (pattern, schema) in rules.patterns {
            spend(name.utf8.count * pattern.size / 8)
            guard !isExhausted, pattern.matches(name) else { continue }
            isKnown = true
            inside(.key(name)) { $0.check(schema, member) }
        }
        guard !isKnown, !rules.hasUncheckedPatterns, let others = rules.others else { return }
        inside(.key(name)) { evaluation in
            if evaluation.nodes[others].refusesAll {
                let near = name.utf8.count <= 64 ? rules.properties.keys.sorted().nearest(to: name) : nil
                evaluation.report("unknown property", hint: near.map { "did you mean \($0)?" })
            } else {
                evaluation.check(others, member)
            }
        }
    }
}
