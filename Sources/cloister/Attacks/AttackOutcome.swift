import Model

/// What came of one attempt to get out of a sealed child.
struct AttackOutcome: Hashable, Sendable {
    /// As in the project's list of attacks.
    let number: Int
    let title: String
    let expected: String
    let got: String
    /// Whether the seal held.
    let holds: Bool

    var json: JSONValue {
        [
            "number": JSONValue(number), "title": .string(title), "expected": .string(expected), "got": .string(got),
            "holds": .bool(holds),
        ]
    }
}
