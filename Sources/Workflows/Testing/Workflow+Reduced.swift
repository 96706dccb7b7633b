import Model

extension Workflow {
    /// The workflow as a test lets it run: pinned nodes give what they are pinned to, and what does not lead to where it stops is
    /// not there.
    func reduced(to extent: WorkflowTest.Extent, from trigger: NodeID, pins: [NodeID: JSONValue] = [:]) -> Workflow {
        var reduced = self
        let graph = WorkflowGraph(self)
        let kept: Set<NodeID>
        switch extent {
        case .whole: kept = Set(nodes.map(\.id))
        case .until(let node): kept = graph.wholeLoops(of: graph.leading(to: node)).union([trigger])
        case .only(let node): kept = graph.wholeLoops(of: [node]).union([trigger])
        }
        reduced.nodes = nodes.filter { kept.contains($0.id) }.map { node in
            var node = node
            if let value = pins[node.id], extent != .only(node.id) { node.pin(value) }
            node.connections.removeAll { !kept.contains($0.target) }
            if case .only(let target) = extent, node.id == trigger { node.connections = [WorkflowNode.Connection(.out, target)] }
            return node
        }
        return reduced
    }

    /// The workflow as a run of one node goes through it: the node with what lies in it. Nothing leads on from there, so an error that
    /// would go on elsewhere ends the run.
    func alone(_ node: NodeID) -> Workflow {
        guard let trigger = nodes.first(where: \.kind.isTrigger)?.id else { return self }
        var alone = reduced(to: .only(node), from: trigger)
        for index in alone.nodes.indices where alone.nodes[index].id == node { alone.nodes[index].continuesOnError = false }
        return alone
    }
}

extension WorkflowNode {
    fileprivate mutating func pin(_ value: JSONValue) {
        kind = .action(.set(Template(root: .constant(value))))
        (condition, input, output, timeout, retry) = (nil, nil, nil, nil, nil)
    }
}

extension WorkflowGraph {
    /// A node and all from which it is reached, the loops that it lies in among them.
    fileprivate func leading(to node: NodeID) -> Set<NodeID> {
        var found: Set = [node]
        var open = [node]
        while let id = open.popLast() {
            let sources = (incoming[id] ?? []).map(\.source) + (loop[id].map { [$0] } ?? [])
            for source in sources where found.insert(source).inserted { open.append(source) }
        }
        return found
    }

    /// With everything that lies in the loops among them.
    func wholeLoops(of nodes: Set<NodeID>) -> Set<NodeID> {
        var found = nodes
        var grew = true
        while grew {
            let more = loop.filter { found.contains($0.value) && !found.contains($0.key) }.map(\.key)
            found.formUnion(more)
            grew = !more.isEmpty
        }
        return found
    }
}
