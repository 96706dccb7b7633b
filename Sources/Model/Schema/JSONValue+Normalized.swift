extension JSONValue {
    /// The value with every number that is whole written as an integer, so that `1` and `1.0` are equal, as JSON Schema asks.
    var normalized: JSONValue {
        switch self {
        case .number(let number): Int64(exactly: number).map(JSONValue.integer) ?? self
        case .array(let elements): .array(elements.map(\.normalized))
        case .object(let members): .object(members.mapValues(\.normalized))
        default: self
        }
    }

    /// What it costs to walk over the value, in nodes and sixteenths of its text.
    var weight: Int {
        switch self {
        case .string(let text): 1 + text.utf8.count / 16
        case .array(let elements): elements.reduce(1) { $0 + $1.weight }
        case .object(let members): members.reduce(1) { $0 + 1 + $1.key.utf8.count / 16 + $1.value.weight }
        default: 1
        }
    }
}
