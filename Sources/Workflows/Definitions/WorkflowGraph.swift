package import Model

/// The nodes of a workflow by name, with the way that runs take through them.
///
/// Nodes lie in levels: the outermost, and one for the body of each loop, which is what its port `each` leads to. A
/// connection stays in its level, but for those into the body of a loop and those from a body back to its own loop, which
/// end an iteration. Within a level there is no way round.
package struct WorkflowGraph: Sendable {
    struct Edge: Sendable, Hashable {
        let source: NodeID
        let port: Port
        let target: NodeID
    }

    package let nodes: [NodeID: WorkflowNode]
    /// In the order of the definition, so that whatever is derived from it comes out alike each time.
    let order: [NodeID: Int]
    /// What leads to a node within its level.
    let incoming: [NodeID: [Edge]]
    let outgoing: [NodeID: [Edge]]
    /// The loop in whose body a node lies; no entry for the outermost level and for what nothing leads to.
    let loop: [NodeID: NodeID]
    /// Where the body of a loop begins.
    let entries: [NodeID: [NodeID]]

    /// Of a workflow that was read.
    package init(_ workflow: Workflow) { self.init(workflow.nodes) }

    init(_ list: [WorkflowNode]) {
        var nodes: [NodeID: WorkflowNode] = [:]
        var order: [NodeID: Int] = [:]
        for (index, node) in list.enumerated() where nodes[node.id] == nil {
            nodes[node.id] = node
            order[node.id] = index
        }
        let (loop, _) = Self.levels(list, nodes)
        var incoming: [NodeID: [Edge]] = [:]
        var outgoing: [NodeID: [Edge]] = [:]
        var entries: [NodeID: [NodeID]] = [:]
        for node in list {
            for connection in node.connections where nodes[connection.target] != nil {
                if node.kind.isLoop, connection.port == .each {
                    if connection.target != node.id, entries[node.id]?.contains(connection.target) != true {
                        entries[node.id, default: []].append(connection.target)
                    }
                } else if loop[node.id] != connection.target {
                    let edge = Edge(source: node.id, port: connection.port, target: connection.target)
                    incoming[connection.target, default: []].append(edge)
                    outgoing[node.id, default: []].append(edge)
                }
            }
        }
        self.nodes = nodes
        self.order = order
        self.incoming = incoming
        self.outgoing = outgoing
        self.loop = loop
        self.entries = entries
    }

    /// The loop round each node that a trigger leads to, and the nodes that lie in two levels.
    static func levels(
        _ list: [WorkflowNode], _ nodes: [NodeID: WorkflowNode]
    ) -> (loop: [NodeID: NodeID], torn: [NodeID]) {
        var level: [NodeID: NodeID?] = [:]
        var torn: [NodeID] = []
        var open = list.filter(\.kind.isTrigger).map(\.id)
        for id in open { level.updateValue(nil, forKey: id) }
        while let id = open.popLast(), let node = nodes[id] {
            let own = level[id] ?? nil
            for connection in node.connections where nodes[connection.target] != nil && connection.target != own {
                let inner: NodeID? = node.kind.isLoop && connection.port == .each ? id : own
                if let known = level[connection.target] {
                    if known != inner, connection.target != inner { torn.append(connection.target) }
                } else {
                    level.updateValue(inner, forKey: connection.target)
                    open.append(connection.target)
                }
            }
        }
        return (level.compactMapValues(\.self), torn)
    }
}

extension NodeKind {
    var isLoop: Bool { if case .loop = self { true } else { false } }

    /// The ways out that a node of this kind has.
    package var ports: [Port] {
        switch self {
        case .trigger: [.out]
        case .action(.approval): [.approved, .rejected, .expired, .error]
        case .action(.raise): [.error]
        case .action: [.out, .error]
        case .condition(.if): [.yes, .no, .error]
        case .condition(.switch(let cases)): cases.map(\.port) + [.otherwise, .error]
        case .condition(.filter): [.out, .error]
        case .loop: [.each, .done, .error]
        }
    }
}
