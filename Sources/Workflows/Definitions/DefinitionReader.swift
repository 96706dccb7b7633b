import Model

/// Reads the members of one object of a definition and gathers what is wrong, so that its author sees all of it at once.
struct DefinitionReader {
    private var members: [String: JSONValue]
    let pointer: JSONPointer
    let node: String?
    private(set) var findings: [WorkflowFinding] = []

    init(_ value: JSONValue, at pointer: JSONPointer, node: String? = nil) {
        members = value.object ?? [:]
        self.pointer = pointer
        self.node = node
        if value.object == nil { report("expected an object, found \(value.kind)") }
    }

    mutating func report(_ message: String, at key: String? = nil, hint: String? = nil) {
        guard findings.count <= WorkflowFindings.limit else { return }
        findings.append(WorkflowFinding(key.map(pointer.appending) ?? pointer, node: node, message, hint: hint))
    }

    mutating func add(_ more: [WorkflowFinding]) { findings += more.prefix(WorkflowFindings.limit + 1 - min(findings.count, WorkflowFindings.limit)) }

    /// Takes a member out; null counts as absent.
    mutating func take(_ key: String) -> JSONValue? {
        guard let value = members.removeValue(forKey: key), !value.isNull else { return nil }
        return value
    }

    /// Takes a member out, also one that is null: where that is a value like any other.
    mutating func given(_ key: String) -> JSONValue? { members.removeValue(forKey: key) }

    mutating func required(_ key: String) -> JSONValue? {
        if let value = take(key) { return value }
        report("missing", at: key)
        return nil
    }

    mutating func text(_ key: String, limit: Int = 200) -> String? {
        guard let value = take(key) else { return nil }
        guard let text = value.string else { return mismatch(key, "text", value) }
        guard text.utf8.count <= limit, !text.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\n" && $0 != "\t" })
        else {
            report("longer than \(limit) bytes, or with control characters", at: key)
            return nil
        }
        return text
    }

    /// A text that is not empty and has no line break.
    mutating func line(_ key: String, limit: Int = 200) -> String? {
        guard let text = text(key, limit: limit) else { return nil }
        guard !text.isEmpty, !text.unicodeScalars.contains(where: { $0.value < 32 || (127...159).contains($0.value) }) else {
            report("expected one line that is not empty", at: key)
            return nil
        }
        return text
    }

    mutating func requiredLine(_ key: String, limit: Int = 200) -> String? {
        guard let value = required(key) else { return nil }
        members[key] = value
        return line(key, limit: limit)
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = take(key) else { return nil }
        guard let number = value.integer.flatMap({ Int(exactly: $0) }), range.contains(number) else {
            report("expected a whole number from \(range.lowerBound) to \(range.upperBound)", at: key)
            return nil
        }
        return number
    }

    mutating func bool(_ key: String) -> Bool? {
        guard let value = take(key) else { return nil }
        guard let flag = value.bool else { return mismatch(key, "true or false", value) }
        return flag
    }

    mutating func duration(
        _ key: String, shortest: Duration = .zero, longest: Duration = .seconds(366 * 86_400)
    ) -> Duration? {
        guard let value = take(key) else { return nil }
        guard let duration = value.string.flatMap(Duration.init(parsing:)), duration <= longest, duration >= shortest else {
            let range = shortest > .zero ? "from \(shortest.text) to \(longest.text)" : "up to \(longest.text)"
            report("expected a time such as 250ms, 30s, 5m or 1h, \(range)", at: key)
            return nil
        }
        return duration
    }

    mutating func identifier<ID: LabelIdentifier>(_ key: String, _ type: ID.Type = ID.self) -> ID? {
        guard let value = required(key) else { return nil }
        guard let id = value.string.flatMap(ID.init(rawValue:)) else {
            report("not a \(ID.noun)", at: key, hint: "1 to 63 lower-case letters, digits and inner hyphens")
            return nil
        }
        return id
    }

    mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ type: Value.Type = Value.self
    ) -> Value? {
        guard let value = take(key) else { return nil }
        if let choice = value.string.flatMap(Value.init(rawValue:)) { return choice }
        report("expected one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))", at: key)
        return nil
    }

    mutating func strings(_ key: String, upTo limit: Int) -> [String]? {
        guard let value = take(key) else { return nil }
        let texts = value.array?.compactMap(\.string) ?? []
        guard let list = value.array, texts.count == list.count, list.count <= limit, Set(texts).count == list.count,
            texts.allSatisfy({ (1...200).contains($0.utf8.count) })
        else {
            report("expected at most \(limit) short texts, each once", at: key)
            return nil
        }
        return texts
    }

    /// A value that may have expressions in it.
    mutating func template(_ key: String) -> Template? {
        guard let value = take(key) else { return nil }
        do throws(Problem) {
            let template = try Template(value, at: pointer.appending(key))
            let programs = template.programs
            guard programs.count <= Template.most, programs.allSatisfy({ $0.utf8.count <= Template.programLimit }) else {
                report(
                    "more than \(Template.most) expressions, or one of more than \(Template.programLimit) bytes", at: key,
                    hint: "put it together in several nodes")
                return nil
            }
            return template
        } catch {
            report(error.message, at: key, hint: error.hint)
            return nil
        }
    }

    mutating func requiredTemplate(_ key: String) -> Template? {
        guard let value = required(key) else { return nil }
        members[key] = value
        return template(key)
    }

    /// A text that may have expressions in it.
    mutating func textTemplate(_ key: String) -> Template? {
        if let value = members[key], !value.isNull, value.string == nil {
            members[key] = nil
            return mismatch(key, "text", value)
        }
        return template(key)
    }

    mutating func requiredTextTemplate(_ key: String) -> Template? {
        guard let value = required(key) else { return nil }
        members[key] = value
        return textTemplate(key)
    }

    /// A text that is a jq program, with or without `${ }`.
    mutating func program(_ key: String) -> Template? {
        guard let text = text(key, limit: Template.programLimit) else { return nil }
        return Template(program: text)
    }

    mutating func requiredProgram(_ key: String) -> Template? {
        guard let value = required(key) else { return nil }
        members[key] = value
        return program(key)
    }

    /// A JSON Schema of an object.
    mutating func schema(_ key: String) -> JSONValue? {
        guard let value = take(key) else { return nil }
        do throws(Problem) {
            _ = try JSONSchema(value, as: key)
            guard value.object != nil else { return mismatch(key, "an object", value) }
            return value
        } catch {
            report(error.message, at: key, hint: error.hint)
            return nil
        }
    }

    /// Call last: a member that nobody asked for is a mistake of the author's.
    mutating func finish() {
        for key in members.keys.sorted() where !(members[key]?.isNull ?? true) {
            let isPlain = key.utf8.count <= 64 && key.utf8.allSatisfy { (0x21..<0x7F).contains($0) }
            // What could break a line, or fill a page, is no place that a message can name.
            if isPlain { report("unknown member", at: key) } else { report("unknown member: \(key.prefix(64).debugDescription)") }
        }
        members = [:]
    }

    private mutating func mismatch<Value>(_ key: String, _ expected: String, _ value: JSONValue) -> Value? {
        report("expected \(expected), found \(value.kind)", at: key)
        return nil
    }
}
