/// One check of one value. Its work is bounded by the value's size, and its depth by the stack, so that a hostile schema
/// (alternatives of alternatives, references that fan out) ends in an answer.
struct SchemaEvaluation {
    private static let maximumDepth = 600

    let nodes: [SchemaNode]
    private let value: JSONValue
    private var limit: Int
    private var violations: [SchemaViolation] = []
    private var pointer = JSONPointer()
    private var depth = 0
    private var isTooDeep = false
    private var budget: Int

    init(_ nodes: [SchemaNode], _ value: JSONValue, limit: Int) {
        self.nodes = nodes
        self.value = value.normalized
        self.limit = max(1, limit)
        self.budget = 1_000_000 + 16 * value.weight
    }

    mutating func run(_ root: Int) -> [SchemaViolation] {
        check(root, value)
        if isTooDeep || budget < 0 {
            let message = isTooDeep ? "nested too deeply to be checked" : "too complex to be checked"
            return [SchemaViolation(pointer: JSONPointer(), message: message, hint: nil)]
        }
        return violations
    }

    /// Whether the work that this check may do is used up.
    var isExhausted: Bool { budget < 0 || isTooDeep }
    /// Whether nothing that is still found would be kept.
    var isDone: Bool { isExhausted || violations.count >= limit }

    mutating func spend(_ cost: Int) { budget -= cost }

    mutating func report(_ message: String, hint: String? = nil) {
        guard violations.count < limit else { return }
        violations.append(SchemaViolation(pointer: pointer, message: message, hint: hint))
    }

    /// Does `body` with the pointer one step further.
    mutating func inside(_ step: JSONPointer.Step, _ body: (inout SchemaEvaluation) -> Void) {
        pointer.steps.append(step)
        body(&self)
        pointer.steps.removeLast()
    }

    /// What would be wrong with the value under a schema that need not hold.
    mutating func trial(_ index: Int, _ value: JSONValue) -> [SchemaViolation] {
        let (outer, outerLimit) = (violations, limit)
        (violations, limit) = ([], 3)
        check(index, value)
        defer { (violations, limit) = (outer, outerLimit) }
        return violations
    }

    mutating func passes(_ index: Int, _ value: JSONValue) -> Bool { trial(index, value).isEmpty }

    mutating func check(_ index: Int, _ value: JSONValue) {
        budget -= 1
        guard !isDone else { return }
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.maximumDepth else {
            isTooDeep = true
            return
        }

        let node = nodes[index]
        if node.refusesAll { return report("not allowed here") }
        if let types = node.types, !types.admits(value) {
            // The rules below would repeat it in other words.
            return report("expected \(types.description), found \(value.kind)")
        }
        if let constant = node.constant {
            spend(value.weight)
            if constant != value { report("must be \(Self.quoted(constant))") }
        }
        if let choices = node.choices {
            spend(value.weight + choices.count)
            if !choices.contains(value) { reportChoices(choices, value) }
        }
        switch value {
        case .integer, .number: if let rules = node.number { check(rules, value) }
        case .string(let text): if let rules = node.text { check(rules, text) }
        case .array(let elements): if let rules = node.array { check(rules, elements) }
        case .object(let members): if let rules = node.object { check(rules, members, value) }
        case .null, .bool: break
        }
        checkCombinations(node, value)
    }

    private mutating func checkCombinations(_ node: SchemaNode, _ value: JSONValue) {
        if let reference = node.reference { check(reference, value) }
        for part in node.allOf { check(part, value) }
        if !node.anyOf.isEmpty {
            let outcome = judge(node.anyOf, value, untilOneFits: true)
            if outcome.fitting.isEmpty { report("fits none of the alternatives", hint: outcome.nearest) }
        }
        if !node.oneOf.isEmpty {
            let outcome = judge(node.oneOf, value, untilOneFits: false)
            let fitting = outcome.fitting.prefix(5).map { "\($0 + 1)" }
            if fitting.isEmpty { report("fits none of the alternatives", hint: outcome.nearest) }
            if fitting.count > 1 { report("fits the alternatives \(fitting.joined(separator: " and ")), must fit one") }
        }
        if let not = node.not, passes(not, value) { report("fits what is excluded here") }
        if let condition = node.condition {
            if let branch = passes(condition, value) ? node.consequence : node.alternative { check(branch, value) }
        }
    }

    /// Which of the schemas hold, and what is wrong under the one that fails deepest in the value: most likely the one that
    /// was meant. Each is tried once, or trees of alternatives would take time exponential in their depth.
    private mutating func judge(
        _ schemas: [Int], _ value: JSONValue, untilOneFits: Bool
    ) -> (fitting: [Int], nearest: String?) {
        var fitting: [Int] = []
        var nearest: SchemaViolation?
        for (number, schema) in schemas.enumerated() {
            guard let first = trial(schema, value).first else {
                fitting.append(number)
                if untilOneFits { break }
                continue
            }
            if first.pointer.steps.count > nearest?.pointer.steps.count ?? -1 { nearest = first }
        }
        return (fitting, nearest.map { "nearest: \($0.pointer.place): \($0.message)" })
    }

    private mutating func reportChoices(_ choices: [JSONValue], _ value: JSONValue) {
        let words = choices.compactMap(\.string)
        let near = value.string.flatMap { $0.utf8.count <= 64 ? words.nearest(to: $0) : nil }
        report(
            "must be one of \(choices.prefix(10).map(Self.quoted).joined(separator: ", "))\(choices.count > 10 ? ", …" : "")",
            hint: near.map { "did you mean \($0)?" })
    }

    private static func quoted(_ value: JSONValue) -> String {
        let text = value.compactText
        return text.count > 60 ? text.prefix(60) + "…" : text
    }
}
