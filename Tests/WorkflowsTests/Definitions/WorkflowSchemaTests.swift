import Foundation
import HostTesting
import Model
import Testing

@testable import Workflows

struct WorkflowSchemaTests {
    private static func schema() throws -> JSONSchema { try JSONSchema(WorkflowSchema.json, as: "the schema") }

    private static let whole: [JSONValue] =
        (NodeKindTests.triggers.map { Definition.with([Definition.node("start", "trigger", $0.config, to: ["work"]), Definition.node("work", "action", ["kind": "join"])]) })
        + NodeKindTests.nodes.map { Definition.of($0.type, $0.config) }
        + [
            Definition.with(
                [Definition.trigger, Definition.node("work", "action", ["kind": "join"])],
                ["settings": ["debounce": ["quiet": "10s", "longest": "5m", "key": "${ .document }"]]])
        ]

    @Test func `what the reader reads the schema admits`() throws {
        let schema = try Self.schema()
        for definition in Self.whole {
            #expect(Definition.findings(definition).isEmpty)
            #expect(schema.violations(in: definition).map(\.message) == [], "\(definition.compactText)")
        }
    }

    /// Every member of every example in turn made something that it is not, taken away, or given a stranger beside it.
    @Test func `everything that the schema refuses the reader refuses, too`() throws {
        let schema = try Self.schema()
        var refused = 0
        for definition in Self.whole {
            for changed in Self.mutations(of: definition) where !schema.violations(in: changed, limit: 1).isEmpty {
                refused += 1
                #expect(!Definition.findings(changed).isEmpty, "\(changed.compactText)")
            }
        }
        #expect(refused > 1000)
    }

    private static let strangers: [JSONValue] = [7, -1, 1.5, "", "no", "A b", true, [], [:], .string(String(repeating: "x", count: 300)), ["a", "a"], [1]]

    private static func mutations(of value: JSONValue) -> [JSONValue] {
        var results = strangers
        switch value {
        case .object(let members):
            results.append(.object(members.merging(["stranger": 1]) { $1 }))
            for (key, member) in members {
                results.append(.object(members.filter { $0.key != key }))
                for changed in mutations(of: member) { results.append(.object(members.merging([key: changed]) { $1 })) }
            }
        case .array(let elements):
            for index in elements.indices {
                for changed in mutations(of: elements[index]) {
                    var copy = elements
                    copy[index] = changed
                    results.append(.array(copy))
                }
            }
        default: break
        }
        return results
    }

    @Test func `the example of the page about tests is read, and its tests are two`() throws {
        let text = try String(contentsOfFile: Built.root + "/Sources/Manual/workflow-tests.md", encoding: .utf8)
        let block = try #require(text.components(separatedBy: "```yaml\n").dropFirst().first?.components(separatedBy: "```").first)
        let definition = try WorkflowText.read(block, named: "example")
        #expect(Definition.findings(definition) == [])
        #expect(try Self.schema().violations(in: definition).map(\.message) == [])
        #expect(try Workflow(reading: definition).tests.count == 2)
    }

    /// The manual's examples: whole definitions, and nodes to be put behind a trigger.
    @Test func `the manual has an example of every kind, and each is read`() throws {
        let schema = try Self.schema()
        let text = try String(contentsOfFile: Built.root + "/Sources/Manual/workflows.md", encoding: .utf8)
        var seen: Set<String> = []
        for block in text.components(separatedBy: "```yaml\n").dropFirst() {
            let example = try #require(block.components(separatedBy: "```").first)
            let definition = try WorkflowText.read(example, named: "example")
            #expect(Definition.findings(definition) == [], "\(example)")
            #expect(schema.violations(in: definition).map(\.message) == [], "\(example)")
            for node in definition["nodes"]?.array ?? [] {
                seen.insert("\(node["type"]?.string ?? "") \(node["config"]?["kind"]?.string ?? "")")
            }
        }
        let all = NodeKind.kinds.flatMap { type, kinds in kinds.map { "\(type) \($0)" } }
        #expect(Set(all).subtracting(seen).isEmpty, "no example: \(Set(all).subtracting(seen))")
    }
}
