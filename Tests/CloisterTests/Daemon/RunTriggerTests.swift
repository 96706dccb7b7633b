import Control
import Glibc
import HostTesting
import Model
import Testing
import Workflows

@testable import cloister

/// What starts runs by itself, through real sealed plugins.
@Suite(.serialized, .timeLimit(.minutes(4)),
    .enabled(if: access("/usr/bin/python3", X_OK) == 0)) struct RunTriggerTests {
    private static let round = WorkflowID(unchecked: "round")
    /// A workflow that an event of a plugin starts, and that has the plugin raise it again.
    private static let definition: JSONValue = [
        "id": "round",
        "nodes": [
            ["id": "start", "type": "trigger", "config": ["kind": "manual"], "connections": [["to": "raise"]]],
            ["id": "heard", "type": "trigger", "config": ["kind": "event", "event": "first.told"], "connections": [["to": "raise"]]],
            [
                "id": "raise", "type": "action",
                "config": [
                    "kind": "tool", "plugin": "first", "tool": "ask",
                    "input": ["method": "event/emit", "params": ["event": "first.told", "value": 1]],
                ],
            ],
        ],
    ]
    private static let telling = """
        permissions: [{resource: events, actions: [emit]}, {resource: hooks, actions: [handle]}]
        events: [{name: first.told}]
        hooks: [{event: first.told, handler: note, kind: action}]
        """

    private func publish(_ host: DaemonFixture) async throws {
        _ = try await host.send(.workflow(.create(host.tenant, definition: Self.definition)))
        _ = try await host.send(.workflow(.publish(host.tenant, Self.round, revision: nil, note: nil)))
        _ = try await host.send(.workflow(.activate(host.tenant, Self.round)))
    }

    private func runs(_ host: DaemonFixture) async throws -> [JSONValue] {
        let list = RunRequest.list(host.tenant, workflow: Self.round, state: nil, needsPerson: false, cursor: nil, limit: 50)
        return try await host.send(.run(list))["runs"]?.array ?? []
    }

    @Test func `runs that start each other by way of a plugin do not go on for ever`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking("first", handlers: ["note"], more: Self.telling)
            try await publish(host)
            _ = try await host.send(.run(.execute(host.tenant, Self.round, input: nil, RunRequest.Options())))
            // A plugin is answered before what it raised has started anything.
            var all: [JSONValue] = []
            for _ in 0..<600 where all.count <= RunChain.limit || all.contains(where: { $0["state"] == "running" }) {
                try await Task.sleep(for: .milliseconds(50))
                all = try await runs(host)
            }
            try await Task.sleep(for: .milliseconds(500))
            all = try await runs(host)
            #expect(all.map { $0["state"] } == Array(repeating: "succeeded", count: RunChain.limit + 1))
            #expect(all.filter { $0["trigger"] == "start" }.count == 1)
        }
    }

    @Test func `without the feature an event starts nothing, then or later`() async throws {
        try await DaemonFixture.with { host in
            try await host.createTenant()
            try await host.runAsking("first", handlers: ["note"], more: Self.telling)
            try await publish(host)
            _ = try await host.send(.whitelabel(.setFeatures(host.tenant, ["workflows": false])))
            try await tell(host)
            _ = try await host.send(.whitelabel(.setFeatures(host.tenant, ["workflows": true])))
            #expect(try await runs(host).isEmpty)
            try await tell(host)
            #expect(try await runs(host).isEmpty == false)
        }
    }

    /// Has the plugin raise its event, and returns when its handler has heard of it, which is after what it starts.
    private func tell(_ host: DaemonFixture) async throws {
        let before = try await host.call("state", of: "first")["told"]?.array?.count ?? 0
        #expect(try await host.ask("event/emit", ["event": "first.told", "value": 1], by: "first") == ["result": [:]])
        for _ in 0..<600 where try await host.call("state", of: "first")["told"]?.array?.count ?? 0 <= before {
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
