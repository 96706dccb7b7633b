import Model

/// Holds what came against what was expected. An object may have more members than are expected; everything else must be
/// equal, unless an object with one of these members stands in its place:
///
/// | member | what it accepts |
/// |---|---|
/// | `$any: true` | anything that is there |
/// | `$absent: true` | nothing |
/// | `$type: string` | a value of that kind |
/// | `$pattern: text` | a string that the expression finds something in |
/// | `$range: [1, 5]` | a number from the first to the second |
/// | `$length: 3` | a string, array or object of that length |
/// | `$contains: [a]` | an array that has a match for each |
/// | `$exactly: {…}` | the value and no other |
enum Match {
    struct Difference: Hashable, Sendable {
        let place: JSONPointer
        /// Nil where nothing was expected, or nothing came.
        let expected: JSONValue?
        let found: JSONValue?
    }

    private static let matchers = ["$any", "$absent", "$type", "$pattern", "$range", "$length", "$contains", "$exactly"]
    private static let kinds = ["null", "boolean", "integer", "number", "string", "array", "object"]

    static func differences(
        _ expected: JSONValue, _ found: JSONValue?, at place: JSONPointer = JSONPointer()
    ) -> [Difference] {
        let difference = [Difference(place: place, expected: expected, found: found)]
        if let (name, operand) = matcher(expected) {
            return accepts(name, operand, found) ? [] : difference
        }
        switch (expected, found) {
        case (.object(let expected), .object(let found)?):
            return expected.sorted { $0.key < $1.key }.flatMap {
                differences($0.value, found[$0.key], at: place.appending($0.key))
            }
        case (.array(let expected), .array(let found)?):
            guard expected.count == found.count else { return difference }
            return zip(expected, found).enumerated().flatMap { index, pair in
                differences(pair.0, pair.1, at: place.appending(index))
            }
        default: return equal(expected, found) ? [] : difference
        }
    }

    /// Refuses expectations that could never be met, such as an unknown matcher.
    static func check(_ expected: JSONValue, at node: YAMLNode) throws(Problem) {
        switch expected {
        case .object(let members):
            if let key = members.keys.first(where: { $0.hasPrefix("$") }) {
                guard members.count == 1, matchers.contains(key) else {
                    throw node.problem(
                        members.count == 1 ? "unknown matcher: \(key)" : "\(key) stands alone in its object",
                        hint: matchers.nearest(to: key).map { "did you mean \($0)?" }
                            ?? "there are: \(matchers.joined(separator: ", "))")
                }
                return try checkOperand(key, members[key] ?? .null, node)
            }
            for value in members.values { try check(value, at: node) }
        case .array(let elements): for value in elements { try check(value, at: node) }
        default: return
        }
    }

    private static func checkOperand(_ name: String, _ operand: JSONValue, _ node: YAMLNode) throws(Problem) {
        let isValid =
            switch name {
            case "$any", "$absent": operand == true
            case "$type": operand.string.map(kinds.contains) ?? false
            case "$range": operand.array.map { $0.count == 2 && $0.allSatisfy { $0.number != nil } } ?? false
            case "$length": (operand.integer ?? -1) >= 0
            case "$contains": operand.array != nil
            default: true
            }
        guard isValid else { throw node.problem("\(name): not a value for it: \(operand.compactText.prefix(80))") }
        if name == "$contains" { for element in operand.array ?? [] { try check(element, at: node) } }
        if name == "$pattern" {
            try node.located { () throws(Problem) in
                guard let text = operand.string else { throw Problem(.invalidConfiguration, "$pattern: not a string") }
                _ = try Pattern(text)
            }
        }
    }

    private static func matcher(_ value: JSONValue) -> (name: String, operand: JSONValue)? {
        guard let members = value.object, members.count == 1, let member = members.first, matchers.contains(member.key)
        else { return nil }
        return (member.key, member.value)
    }

    private static func accepts(_ name: String, _ operand: JSONValue, _ found: JSONValue?) -> Bool {
        guard let found else { return name == "$absent" }
        switch name {
        case "$any": return true
        case "$absent": return false
        case "$type":
            return found.kind == operand.string || (operand == "number" && found.kind == "integer")
        case "$pattern":
            let pattern = operand.string.flatMap { try? Pattern($0) }
            return found.string.flatMap { pattern?.matches($0) } ?? false
        case "$range":
            guard let number = found.number, let bounds = operand.array?.compactMap(\.number), bounds.count == 2 else {
                return false
            }
            return number >= bounds[0] && number <= bounds[1]
        case "$length":
            let length = found.string?.unicodeScalars.count ?? found.array?.count ?? found.object?.count
            return length.map { Int64($0) == operand.integer } ?? false
        case "$contains":
            guard let elements = found.array, let wanted = operand.array else { return false }
            return wanted.allSatisfy { wanted in elements.contains { differences(wanted, $0).isEmpty } }
        default: return equal(operand, found)
        }
    }

    /// Numbers are equal by their worth, also as `3` and `3.0`.
    private static func equal(_ expected: JSONValue, _ found: JSONValue?) -> Bool {
        guard let found else { return false }
        if case .integer = expected, case .integer = found { return expected == found }
        guard let left = expected.number, let right = found.number else { return expected == found }
        return left == right
    }
}
