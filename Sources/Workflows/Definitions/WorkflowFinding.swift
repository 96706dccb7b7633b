package import Model

/// Something that is wrong with a definition: where, what, and the way out. Quotes no values.
package struct WorkflowFinding: Sendable, Hashable, CustomStringConvertible {
    /// Within the definition as it was written.
    package var pointer: JSONPointer
    /// The node that it is about, where it is about one.
    package var node: String?
    package var message: String
    package var hint: String?

    package init(_ pointer: JSONPointer, node: String? = nil, _ message: String, hint: String? = nil) {
        self.pointer = pointer
        self.node = node
        self.message = Self.line(message)
        self.hint = hint.map(Self.line)
    }

    /// The place first, as in every problem of what was read strictly.
    package var description: String {
        "\(pointer.place): " + (node.map { "node \($0): " } ?? "") + message + (hint.map { " (\($0))" } ?? "")
    }

    /// On one line, and bounded: parts of it may be words of the definition's.
    private static func line(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(1000) {
            switch scalar.value {
            case 0..<32, 127...159, 0x2028, 0x2029: scalars.append(" ")
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = ["pointer": .string(pointer.description), "message": .string(message)]
        if let node { members["node"] = .string(node) }
        if let hint { members["hint"] = .string(hint) }
        return .object(members)
    }
}

/// All that is wrong with a definition. More than `limit` are not told, but that there are more.
package struct WorkflowFindings: Error, Sendable, Hashable {
    package static let limit = 100

    package private(set) var list: [WorkflowFinding] = []
    package private(set) var dropped = 0

    package init() {}

    package var isEmpty: Bool { list.isEmpty }

    package mutating func add(_ finding: WorkflowFinding) {
        if list.count < Self.limit { list.append(finding) } else { dropped += 1 }
    }

    package mutating func add(_ findings: [WorkflowFinding]) {
        for finding in findings { add(finding) }
    }

    package var problem: Problem {
        var lines = list.map(\.description)
        if dropped > 0 { lines.append("and more") }
        return Problem(.invalidInput, lines.joined(separator: "\n"))
    }
}
