import Model
import Testing

@testable import Workflows

/// Definitions that somebody wrote to do harm: each is read or refused soon, and what is said of it stays small.
struct HostileDefinitionTests {
    private static let long = String(repeating: "x", count: 100_000)

    static let values: [(String, JSONValue)] = [
        ("no object", 5),
        ("an array", .array(Array(repeating: [:], count: 10_000))),
        ("a long name of a node", Definition.with([["id": .string(long), "type": .string(long), "config": [:]]])),
        ("members with line breaks", ["id": "x", "nodes": [], "a\nb: everything is fine": 1, "\u{2028}": 2]),
        ("a hundred thousand members", .object(Dictionary(uniqueKeysWithValues: (0..<100_000).map { ("m\($0)", 1) }))),
        (
            "references to thousands of nodes that are none",
            Definition.of("action", ["kind": "transform", "expression": .string((0..<1300).map { "$nodes.a\($0)" }.joined(separator: "+"))])
        ),
        (
            "thousands of expressions",
            Definition.of("action", ["kind": "set", "values": .string(String(repeating: "${.}", count: 100_000))])
        ),
        (
            "every node to every other",
            Definition.with(
                [Definition.trigger]
                    + (0..<499).map { row in
                        Definition.node("n\(row)", "action", ["kind": "transform", "expression": "$nodes.n1"], to: (0..<99).map { "n\((row + $0) % 499)" })
                    })
        ),
        (
            "a long way round with a long tail",
            Definition.with(
                [Definition.trigger]
                    + (0..<499).map { row in
                        Definition.node(row == 0 ? "work" : "n\(row)", "action", ["kind": "join"], to: row == 498 ? [] : ["n\(row + 1)"] + (row == 1 ? ["work"] : []))
                    })
        ),
        ("half a megabyte of one program", Definition.of("action", ["kind": "transform", "expression": .string(String(repeating: "[", count: 500_000))])),
    ]

    @Test(.timeLimit(.minutes(1)), arguments: values.map(\.0))
    func `what is said of it is bounded, and each finding is one line`(name: String) throws {
        let value = try #require(Self.values.first { $0.0 == name }?.1)
        let findings = try #require(#expect(throws: WorkflowFindings.self) { try Workflow(reading: value) })
        #expect((1...WorkflowFindings.limit).contains(findings.list.count))
        #expect(findings.problem.message.utf8.count < 200_000)
        for finding in findings.list {
            #expect(!finding.description.unicodeScalars.contains { $0.value < 32 || $0.value == 0x2028 })
        }
    }

    @Test func `a definition of more than a mebibyte is not looked into`() {
        let value = Definition.with([Definition.trigger], ["description": .string(String(repeating: "x", count: Workflow.sizeLimit))])
        #expect(Definition.findings(value) == ["/: more than 1MiB"])
    }

    @Test func `a node of which something is missing never vanishes in silence`() {
        // Each kind with each of its members replaced by a number, or taken away.
        for (type, kinds) in NodeKind.kinds {
            for kind in kinds {
                let members = ["plugin", "tool", "event", "workflow", "expression", "values", "title", "message", "each", "condition", "cases", "keep"]
                for member in members {
                    let config = JSONValue.object(["kind": .string(kind), member: 7])
                    let nodes = [Definition.trigger, Definition.node("work", type, config)]
                    guard let workflow = try? Workflow(reading: Definition.with(nodes)) else { continue }
                    #expect(workflow.nodes.count == 2, "\(type) \(kind) \(member)")
                }
            }
        }
    }
}
