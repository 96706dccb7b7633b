package import Model

/// What changes from one definition to another, as people think of it: nodes, connections, and what holds for the whole.
package struct WorkflowDifference: Sendable, Hashable {
    package struct NodeChange: Sendable, Hashable {
        package let id: String
        /// Of the node, but for its connections.
        package let changes: JSONDifference
    }

    package struct Way: Sendable, Hashable, Comparable {
        package let from: String
        package let port: String
        package let to: String

        package static func < (left: Way, right: Way) -> Bool {
            (left.from, left.port, left.to) < (right.from, right.port, right.to)
        }
    }

    package private(set) var added: [String] = []
    package private(set) var removed: [String] = []
    package private(set) var changed: [NodeChange] = []
    package private(set) var connected: [Way] = []
    package private(set) var disconnected: [Way] = []
    /// Of everything but the nodes.
    package let rest: JSONDifference

    package var isEmpty: Bool {
        added.isEmpty && removed.isEmpty && changed.isEmpty && connected.isEmpty && disconnected.isEmpty && rest.changes.isEmpty
    }

    /// Also of drafts that cannot be published: what is no node there is left aside.
    package init(from old: JSONValue, to new: JSONValue) {
        let (before, after) = (Self.nodes(old), Self.nodes(new))
        rest = JSONDifference(from: Self.rest(old), to: Self.rest(new))
        for id in Set(before.keys).union(after.keys).sorted() {
            switch (before[id], after[id]) {
            case (nil, .some): added.append(id)
            case (.some, nil): removed.append(id)
            case (let earlier?, let later?):
                let changes = JSONDifference(from: Self.body(earlier), to: Self.body(later))
                if !changes.changes.isEmpty { changed.append(NodeChange(id: id, changes: changes)) }
            case (nil, nil): break
            }
        }
        let (earlier, later) = (Self.ways(before), Self.ways(after))
        connected = later.subtracting(earlier).sorted()
        disconnected = earlier.subtracting(later).sorted()
    }

    private static func nodes(_ definition: JSONValue) -> [String: JSONValue] {
        var nodes: [String: JSONValue] = [:]
        for node in definition["nodes"]?.array ?? [] {
            if let id = node["id"]?.string, nodes[id] == nil { nodes[id] = node }
        }
        return nodes
    }

    private static func body(_ node: JSONValue) -> JSONValue {
        .object((node.object ?? [:]).filter { $0.key != "connections" && $0.key != "id" })
    }

    private static func rest(_ definition: JSONValue) -> JSONValue {
        .object((definition.object ?? [:]).filter { $0.key != "nodes" })
    }

    private static func ways(_ nodes: [String: JSONValue]) -> Set<Way> {
        var ways: Set<Way> = []
        for (id, node) in nodes {
            for connection in node["connections"]?.array ?? [] {
                guard let target = connection["to"]?.string else { continue }
                ways.insert(Way(from: id, port: connection["port"]?.string ?? Port.out.name, to: target))
            }
        }
        return ways
    }

    package var json: JSONValue {
        [
            "added": .array(added.map(JSONValue.string)), "removed": .array(removed.map(JSONValue.string)),
            "changed": .array(changed.map { ["id": .string($0.id), "changes": .array($0.changes.operations)] }),
            "connected": .array(connected.map(\.json)), "disconnected": .array(disconnected.map(\.json)),
            "workflow": .array(rest.operations),
            "cut": .bool(rest.isCut || changed.contains { $0.changes.isCut }),
        ]
    }
}

extension WorkflowDifference.Way {
    fileprivate var json: JSONValue { ["from": .string(from), "port": .string(port), "to": .string(to)] }
}

extension JSONDifference {
    /// In the words of RFC 6902, with what was there before.
    fileprivate var operations: [JSONValue] {
        changes.map { change in
            switch change {
            case .add(let path, let value): ["op": "add", "path": .string(path), "value": value]
            case .remove(let path, let value): ["op": "remove", "path": .string(path), "from": value]
            case .replace(let path, let from, let to): ["op": "replace", "path": .string(path), "from": from, "value": to]
            }
        }
    }
}

extension WorkflowLibrary {
    /// The definition that a comparison or an export is about.
    package enum Choice: Sendable, Hashable {
        case draft
        case version(Int)
        /// The version in force.
        case published
    }

    package func definition(_ choice: Choice, of id: WorkflowID, in tenant: TenantID) async throws(Problem) -> JSONValue {
        switch choice {
        case .draft: return try await draft(id, of: tenant).definition
        case .version(let number): return try await edition(number, of: id, in: tenant).definition
        case .published: return try await published(id, of: tenant).workflow.source
        }
    }

    package func difference(
        of id: WorkflowID, from old: Choice, to new: Choice, in tenant: TenantID
    ) async throws(Problem) -> WorkflowDifference {
        WorkflowDifference(
            from: try await definition(old, of: id, in: tenant), to: try await definition(new, of: id, in: tenant))
    }
}
