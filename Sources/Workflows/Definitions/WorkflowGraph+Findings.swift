import Model

extension WorkflowGraph {
    /// What is wrong with the way that runs would take.
    static func findings(_ list: [WorkflowNode]) -> [WorkflowFinding] {
        let graph = WorkflowGraph(list)
        return graph.connectionFindings(list) + graph.levelFindings(list) + graph.cycleFindings(list)
            + graph.mappingFindings(list)
    }

    private func place(_ node: NodeID, _ key: String? = nil) -> JSONPointer {
        let pointer = JSONPointer().appending("nodes").appending(order[node] ?? 0)
        return key.map(pointer.appending) ?? pointer
    }

    private func finding(_ node: NodeID, _ key: String? = nil, _ message: String, hint: String? = nil) -> WorkflowFinding {
        WorkflowFinding(place(node, key), node: node.rawValue, message, hint: hint)
    }

    private func connectionFindings(_ list: [WorkflowNode]) -> [WorkflowFinding] {
        var findings: [WorkflowFinding] = []
        if !list.contains(where: \.kind.isTrigger) {
            findings.append(
                WorkflowFinding(
                    JSONPointer().appending("nodes"), "nothing starts it", hint: "add a node of type trigger, for example of kind manual"))
        }
        var suggestions = Suggestions(list.map(\.id.rawValue))
        for node in list where findings.count <= WorkflowFindings.limit {
            let ports = node.kind.ports
            for connection in node.connections {
                let target = connection.target.rawValue
                if let known = nodes[connection.target] {
                    if known.kind.isTrigger {
                        findings.append(finding(node.id, "connections", "leads to \(target), a trigger: runs only begin there"))
                    }
                } else {
                    findings.append(
                        finding(node.id, "connections", "leads to \(target), which is no node", hint: suggestions.near(target)))
                }
                if !ports.contains(connection.port) {
                    findings.append(
                        finding(
                            node.id, "connections", "has no port \(connection.port.name.debugDescription)",
                            hint: "its ports: \(ports.map(\.name).joined(separator: ", "))"))
                }
            }
            if case .action(.join(.count(let count))) = node.kind, count > incoming[node.id]?.count ?? 0 {
                findings.append(
                    finding(node.id, "config", "waits for \(count) branches, and \(incoming[node.id]?.count ?? 0) lead to it"))
            }
            if node.kind.isLoop, entries[node.id] == nil {
                findings.append(finding(node.id, "connections", "a loop without a body", hint: "connect its port each"))
            }
        }
        return findings
    }

    private func levelFindings(_ list: [WorkflowNode]) -> [WorkflowFinding] {
        var findings: [WorkflowFinding] = []
        var reached: Set<NodeID> = []
        var open = list.filter(\.kind.isTrigger).map(\.id)
        while let id = open.popLast() {
            guard reached.insert(id).inserted, let node = nodes[id] else { continue }
            open += node.connections.map(\.target)
        }
        for node in list where !reached.contains(node.id) {
            findings.append(
                finding(node.id, nil, "no trigger leads to it", hint: "connect it, or remove it"))
        }
        let torn = Self.levels(list, nodes).torn
        for id in Set(torn).sorted() {
            findings.append(
                finding(
                    id, nil, "lies inside a loop and outside of it",
                    hint: "what follows a loop is connected to its port done; the body may lead back to the loop itself only"))
        }
        return findings
    }

    /// A way round within a level, once for each.
    private func cycleFindings(_ list: [WorkflowNode]) -> [WorkflowFinding] {
        var remaining: [NodeID: Int] = [:]
        for node in list { remaining[node.id] = incoming[node.id]?.count ?? 0 }
        var open = list.map(\.id).filter { remaining[$0] == 0 }
        while let id = open.popLast() {
            remaining[id] = nil
            for edge in outgoing[id] ?? [] {
                guard let count = remaining[edge.target] else { continue }
                remaining[edge.target] = count - 1
                if count == 1 { open.append(edge.target) }
            }
        }
        // What is left lies on a way round or behind one: those behind have no way back to the rest.
        var isCut = true
        while isCut {
            isCut = false
            for id in remaining.keys where !(outgoing[id] ?? []).contains(where: { remaining[$0.target] != nil }) {
                remaining[id] = nil
                isCut = true
            }
        }
        guard !remaining.isEmpty else { return [] }
        let names = remaining.keys.sorted { order[$0] ?? 0 < order[$1] ?? 0 }
        return [
            finding(
                names[0], "connections", "a way round outside of a loop: \(names.prefix(10).map(\.rawValue).joined(separator: ", "))",
                hint: "repeat with a node of type loop, whose body ends at the loop")
        ]
    }

    /// Outputs that an expression names of nodes that cannot have run by then.
    private func mappingFindings(_ list: [WorkflowNode]) -> [WorkflowFinding] {
        var findings: [WorkflowFinding] = []
        var suggestions = Suggestions(list.map(\.id.rawValue))
        for node in list where findings.count <= WorkflowFindings.limit {
            let named = node.templates.reduce(into: Set<String>()) { $0.formUnion($1.references.nodes) }
            guard !named.isEmpty else { continue }
            let earlier = before(node.id)
            for name in named.sorted().prefix(WorkflowFindings.limit + 1) {
                let id = NodeID(rawValue: name)
                if id.flatMap({ nodes[$0] }) == nil {
                    let near = suggestions.nearest(name).map { "did you mean $nodes[\"\($0)\"]?" }
                    findings.append(finding(node.id, "config", "reads $nodes.\(name.prefix(64)), which is no node", hint: near))
                } else if let id, !earlier.contains(id) {
                    findings.append(
                        finding(
                            node.id, "config", "reads the output of \(name), which has not run by then",
                            hint: "connect \(name) before it"))
                }
            }
        }
        return findings
    }

    /// The nodes that may have run before this one: in its level, and in those round it.
    func before(_ node: NodeID) -> Set<NodeID> {
        var found: Set<NodeID> = []
        var open = [node]
        while let id = open.popLast() {
            // A loop's own output comes after its body.
            if let loop = loop[id] { open.append(loop) }
            for edge in incoming[id] ?? [] where found.insert(edge.source).inserted { open.append(edge.source) }
        }
        return found
    }
}
