import Model

@testable import Workflows

/// Definitions for tests: a trigger, and what follows it.
enum Definition {
    static let trigger: JSONValue = ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "work"]]]

    /// Of one node behind a trigger.
    static func of(_ type: String, _ config: JSONValue, connections: JSONValue = []) -> JSONValue {
        with([trigger, ["id": "work", "type": .string(type), "config": config, "connections": connections]])
    }

    static func with(_ nodes: [JSONValue], _ more: [String: JSONValue] = [:]) -> JSONValue {
        .object(["id": "example", "nodes": .array(nodes)].merging(more) { $1 })
    }

    static func node(_ id: String, _ type: String, _ config: JSONValue, to: [String] = []) -> JSONValue {
        [
            "id": .string(id), "type": .string(type), "config": config,
            "connections": .array(
                to.map { way in
                    let parts = way.split(separator: ">").map { JSONValue.string(String($0)) }
                    return parts.count > 1 ? ["port": parts[0], "to": parts[1]] : ["to": parts[0]]
                }),
        ]
    }

    static func findings(_ value: JSONValue) -> [String] {
        do throws(WorkflowFindings) {
            _ = try Workflow(reading: value)
            return []
        } catch {
            return error.list.map(\.description)
        }
    }

    /// What the node `work` is read as.
    static func kind(_ type: String, _ config: JSONValue, connections: JSONValue = []) throws(WorkflowFindings) -> NodeKind? {
        let workflow = try Workflow(reading: of(type, config, connections: connections))
        return workflow.nodes.first { $0.id.rawValue == "work" }?.kind
    }
}
