/// Problems of one subject, gathered so that its author sees them all at once instead of one per attempt.
package struct ProblemList: Sendable {
    /// More than these are counted, not kept.
    package static let limit = 20

    package private(set) var problems: [Problem] = []
    private var dropped = 0

    package init() {}

    package var isEmpty: Bool { problems.isEmpty }

    /// How many were added, kept or not.
    package var count: Int { problems.count + dropped }

    package mutating func add(_ problem: Problem) {
        if problems.count < Self.limit { problems.append(problem) } else { dropped += 1 }
    }

    /// The value that `body` makes, or nil with its problem kept.
    package mutating func attempt<Value>(_ body: () throws(Problem) -> Value) -> Value? {
        do throws(Problem) {
            return try body()
        } catch {
            add(error)
            return nil
        }
    }

    /// Throws what was gathered: a single problem as it is, several as one with a line each.
    package func finish() throws(Problem) {
        guard let first = problems.first else { return }
        guard problems.count > 1 else { throw first }
        var lines = problems.map(\.description)
        if dropped > 0 { lines.append("and \(dropped) more") }
        throw Problem(first.code, lines.joined(separator: "\n"))
    }
}
