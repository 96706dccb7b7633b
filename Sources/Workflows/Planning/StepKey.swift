package import Model

/// Where a step stands: which node, in which iteration of which loops. Written `files.3/read-text`; the same in every
/// attempt and after every restart.
package struct StepKey: Hashable, Sendable, CustomStringConvertible {
    package var scope: Scope
    package var node: NodeID

    package init(_ node: NodeID, in scope: Scope = .outermost) {
        self.node = node
        self.scope = scope
    }

    /// Reads what `description` gives; nil for anything else.
    package init?(_ text: String) {
        var parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let node = parts.popLast().flatMap({ NodeID(rawValue: String($0)) }) else { return nil }
        var iterations: [Scope.Iteration] = []
        for part in parts {
            let halves = part.split(separator: ".", omittingEmptySubsequences: false)
            guard halves.count == 2, let loop = NodeID(rawValue: String(halves[0])), let index = Int(halves[1]), index >= 0
            else { return nil }
            iterations.append(Scope.Iteration(loop: loop, index: index))
        }
        self.init(node, in: Scope(iterations))
    }

    package var description: String {
        (scope.iterations.map { "\($0.loop).\($0.index)" } + [node.rawValue]).joined(separator: "/")
    }
}

/// A run's outermost level, or one iteration of a loop within it.
package struct Scope: Hashable, Sendable {
    package struct Iteration: Hashable, Sendable {
        package var loop: NodeID
        package var index: Int
    }

    package var iterations: [Iteration]

    package init(_ iterations: [Iteration] = []) { self.iterations = iterations }

    package static let outermost = Scope()

    func entering(_ loop: NodeID, _ index: Int) -> Scope { Scope(iterations + [Iteration(loop: loop, index: index)]) }

    /// The step of the loop that this is an iteration of; nil for the outermost level.
    var owner: StepKey? {
        guard let last = iterations.last else { return nil }
        return StepKey(last.loop, in: Scope(iterations.dropLast()))
    }

    /// Whether it is `other` or lies within it.
    func lies(in other: Scope) -> Bool { iterations.starts(with: other.iterations) }
}
