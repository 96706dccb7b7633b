import Model

/// What a run takes over from an earlier one that it repeats from one of its nodes.
enum Replay {
    /// The steps with which the new run begins: those of the old one that came to their end before `node` or beside it, and
    /// the step of `node` itself, with `input` where it shall not be worked out anew. What the old run ended before its time, or
    /// failed at, is done again too.
    ///
    /// `workflow` may be another version. Throws where the node is none of it, lies in a loop, or was never reached.
    static func steps(
        of old: [Step], from node: NodeID, input: Payload?, in workflow: Workflow, at now: Int64
    ) throws(Problem) -> [Step] {
        let graph = WorkflowGraph(workflow)
        guard let target = graph.nodes[node] else { throw graph.lacks(node) }
        if let loop = graph.loop[node] {
            throw Problem(.invalidInput, "node \(node) lies in loop \(loop)", hint: "replay from the loop itself")
        }
        guard !target.kind.isTrigger else {
            throw Problem(.invalidInput, "node \(node) is a trigger", hint: "execute the workflow with the input of the run")
        }
        let outermost = old.filter { $0.key.scope == .outermost && graph.nodes[$0.key.node] != nil }
        var again: Set<NodeID> = [node]
        for step in outermost where !step.state.isTerminal || step.port == nil { again.insert(step.key.node) }
        var open = Array(again)
        while let id = open.popLast() {
            for edge in graph.outgoing[id] ?? [] where again.insert(edge.target).inserted { open.append(edge.target) }
        }
        let kept = outermost.filter { !again.contains($0.key.node) }.sorted { $0.ordinal < $1.ordinal }
        let reached = kept.contains { step in
            (graph.outgoing[step.key.node] ?? []).contains { $0.target == node && $0.port == step.port }
        }
        guard reached else {
            throw Problem(
                .conflict, "the run never came to node \(node), or failed before it",
                hint: "replay from an earlier node: \(outermost.map(\.key.node.rawValue).joined(separator: ", "))")
        }
        var steps = kept.enumerated().map { $0.element.numbered($0.offset) }
        var first = Step(StepKey(node), steps.count, at: now)
        first.input = input
        steps.append(first)
        return steps
    }
}

extension Step {
    fileprivate func numbered(_ ordinal: Int) -> Step {
        var step = Step(key, ordinal, state: state, began: began)
        (step.attempt, step.input, step.output, step.port) = (attempt, input, output, port)
        (step.error, step.ended, step.title, step.decisions, step.request) = (error, ended, title, decisions, request)
        return step
    }
}
