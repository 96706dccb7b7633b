import HostTesting
import Model
import Testing

@testable import Workflows

/// What a definition mentions and others must have: tools, workflows, expressions.
struct ReferenceTests {
    private let acme = LibraryFixture.acme

    @Test(arguments: [
        (
            ["kind": "tool", "plugin": "archiv", "tool": "list"],
            "/nodes/1/config/plugin: node work: plugin not found: archiv (did you mean archive?)"
        ),
        (
            ["kind": "tool", "plugin": "archive", "tool": "lits"],
            "/nodes/1/config/tool: node work: plugin archive has no tool lits (did you mean list?)"
        ),
        (
            ["kind": "transform", "expression": "!"],
            "/nodes/1/config: node work: the expression \"!\" does not compile at line 1, column 2: unexpected !"
        ),
        (
            ["kind": "transform", "expression": "$item"],
            "/nodes/1/config: node work: the expression \"$item\" does not compile: $item is not defined"
        ),
        (["kind": "workflow", "workflow": "other"], "/nodes/1/config/workflow: node work: workflow not found: other"),
        (
            ["kind": "workflow", "workflow": "greet"],
            "/nodes/1/config/workflow: node work: a workflow must not start itself (repeat with a node of type loop)"
        ),
    ] as [(JSONValue, String)])
    func `what is not there is told when it is published, and nothing is`(config: JSONValue, finding: String) async throws {
        try await LibraryFixture.with { fixture in
            let refused = await problem { try await fixture.publish(LibraryFixture.definition(config: config)) }
            #expect(refused?.code == .invalidInput && refused?.message == finding)
            let record = try await fixture.library.draft(LibraryFixture.id, of: acme).record
            #expect(record.version == nil && record.status == .draft)
            let findings = try await fixture.library.validate(LibraryFixture.definition(config: config), of: acme)
            #expect(findings.list.map(\.description) == [finding])
        }
    }

    @Test func `a plugin that tells its tools only when it runs is believed`() async throws {
        try await LibraryFixture.with { fixture in
            let version = try await fixture.publish(LibraryFixture.definition(config: ["kind": "tool", "plugin": "shy", "tool": "any"]))
            #expect(version.number == 1)
        }
    }

    @Test func `an expression within a loop knows its item`() async throws {
        try await LibraryFixture.with { fixture in
            let version = try await fixture.publish([
                "id": "greet",
                "nodes": [
                    Definition.trigger, Definition.node("work", "loop", ["kind": "forEach"], to: ["each>body"]),
                    Definition.node("body", "action", ["kind": "transform", "expression": "$item"]),
                ],
            ])
            #expect(version.number == 1)
        }
    }

    @Test func `no workflow starts itself again by way of others`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.publish(LibraryFixture.definition(WorkflowID(unchecked: "c")))
            try await fixture.publish(LibraryFixture.calling("c", "b"))
            try await fixture.publish(LibraryFixture.calling("b", "a"))
            let refused = await problem { try await fixture.publish(LibraryFixture.calling("a", "c")) }
            #expect(refused?.message == "/: its runs would start it again for ever: c starts a starts b starts c (take one of these out of the circle)")
            // What is published counts, not what a draft says.
            try await fixture.publish(LibraryFixture.definition(WorkflowID(unchecked: "b")))
            try await fixture.publish(LibraryFixture.calling("a", "c"))
        }
    }

    @Test func `a trigger on the end of another workflow closes a circle, too, and so does an error handler`() async throws {
        try await LibraryFixture.with { fixture in
            let listening: (String, String) -> JSONValue = { other, id in
                [
                    "id": .string(id),
                    "nodes": [Definition.node("start", "trigger", ["kind": "workflow", "workflow": .string(other)], to: ["work"]), Definition.node("work", "action", ["kind": "join"])],
                ]
            }
            try await fixture.publish(LibraryFixture.definition(WorkflowID(unchecked: "a")))
            try await fixture.publish(listening("a", "b"))
            let refused = await problem { try await fixture.publish(listening("b", "a")) }
            #expect(refused?.message == "/: its runs would start it again for ever: a starts b starts a (take one of these out of the circle)")
            let handled = Definition.with(
                [Definition.trigger, Definition.node("work", "action", ["kind": "join"])], ["id": "b", "settings": ["errorHandler": "a"]])
            try await fixture.publish(handled)
            let again = await problem { try await fixture.publish(LibraryFixture.calling("b", "a")) }
            #expect(again?.code == .invalidInput)
        }
    }

    @Test func `a workflow that was never published is not started by another`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.save(LibraryFixture.definition(WorkflowID(unchecked: "b")))
            let refused = await problem { try await fixture.publish(LibraryFixture.calling("b", "a")) }
            #expect(refused?.message == "/nodes/1/config/workflow: node work: workflow b was never published (publish it first: cloister workflow publish b)")
        }
    }

    @Test func `what others start is not deleted unless that is meant`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.publish(LibraryFixture.definition(WorkflowID(unchecked: "b")))
            try await fixture.publish(LibraryFixture.calling("b", "a"))
            let id = WorkflowID(unchecked: "b")
            let refused = await problem { try await fixture.library.delete(id, of: acme, isForced: false, by: "ann") }
            #expect(refused?.code == .conflict && refused?.message == "workflow b is used by a")
            try await fixture.pin(1, of: id)
            let running = await problem { try await fixture.library.delete(id, of: acme, isForced: true, by: "ann") }
            #expect(running?.message == "workflow b has runs that have not ended")
            try await fixture.pin(nil)
            _ = try await fixture.library.delete(id, of: acme, isForced: true, by: "ann")
            let left = try await fixture.library.list(of: acme).workflows.map(\.id.rawValue)
            #expect(left == ["a"])
        }
    }
}
