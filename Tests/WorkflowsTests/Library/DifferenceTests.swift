import HostTesting
import Model
import Testing

@testable import Workflows

struct DifferenceTests {
    private let before = Definition.with([
        Definition.trigger, Definition.node("work", "action", ["kind": "join"], to: ["end"]), Definition.node("end", "action", ["kind": "join"]),
    ])

    @Test func `nodes, connections and the rest are told apart`() {
        let after = Definition.with(
            [
                Definition.node("new", "action", ["kind": "join"], to: ["error>work"]), Definition.trigger,
                Definition.node("work", "action", ["kind": "join", "mode": "any"], to: ["new"]),
            ], ["name": "Other"])
        let difference = WorkflowDifference(from: before, to: after)
        #expect(difference.added == ["new"] && difference.removed == ["end"])
        #expect(difference.changed.map(\.id) == ["work"])
        #expect(difference.changed.first?.changes.changes == [.add("/config/mode", "any")])
        #expect(difference.connected.map { "\($0.from) \($0.port) \($0.to)" } == ["new error work", "work out new"])
        #expect(difference.disconnected.map { "\($0.from) \($0.port) \($0.to)" } == ["work out end"])
        #expect(difference.rest.changes == [.add("/name", "Other")])
        #expect(difference.json["workflow"] == [["op": "add", "path": "/name", "value": "Other"]])
    }

    @Test func `the order of nodes is no difference, and neither is a port that is written out`() {
        let nodes = before["nodes"]?.array ?? []
        #expect(WorkflowDifference(from: before, to: Definition.with(nodes.reversed())).isEmpty)
        let written: JSONValue = [
            "id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "work", "port": "out"]],
        ]
        #expect(WorkflowDifference(from: before, to: Definition.with([written] + nodes.dropFirst())).isEmpty)
    }

    @Test(arguments: [5, [:], ["nodes": 7], ["nodes": [1, ["id": 2], ["id": "a", "connections": 3]]]] as [JSONValue])
    func `drafts that are none are compared, too`(draft: JSONValue) {
        let difference = WorkflowDifference(from: before, to: draft)
        #expect(difference.removed.contains("start"))
    }

    @Test func `versions and the draft are compared`() async throws {
        try await LibraryFixture.with { fixture in
            try await fixture.publish(LibraryFixture.definition())
            try await fixture.save(LibraryFixture.definition(name: "Second"))
            let difference = try await fixture.library.difference(
                of: LibraryFixture.id, from: .version(1), to: .draft, in: LibraryFixture.acme)
            #expect(difference.rest.changes == [.replace("/name", from: "Greet", to: "Second")])
            let none = try await fixture.library.difference(
                of: LibraryFixture.id, from: .published, to: .version(1), in: LibraryFixture.acme)
            #expect(none.isEmpty)
        }
    }
}
