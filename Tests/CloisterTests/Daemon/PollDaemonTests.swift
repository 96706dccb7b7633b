import Control
import GRDB
import HostTesting
import Model
import Store
import Testing
import Workflows

@testable import cloister

/// A trigger that asks a sealed plugin at the times of an expression, in a whole daemon.
@Suite(.timeLimit(.minutes(3))) struct PollDaemonTests {
    private static let id = WorkflowID(unchecked: "watch")

    /// Each poll gives two items that stay, and one that says how often was asked.
    private static func definition(_ cron: String, _ zone: String) -> JSONValue {
        definition(["cron": .string(cron), "timezone": .string(zone)])
    }

    private static func definition(_ pace: [String: JSONValue]) -> JSONValue {
        let config: [String: JSONValue] = [
            "kind": "poll", "plugin": "probe", "tool": "echo", "first": "all", "items": ".items", "id": ".id", "cursor": ".count",
            "input": ["count": "${ (.cursor // 0) + 1 }", "items": [["id": "a"], ["id": "b"], ["id": "poll ${ (.cursor // 0) + 1 }"]]],
        ]
        return [
            "id": "watch",
            "nodes": [
                [
                    "id": "new", "type": "trigger", "connections": [["to": "note"]], "config": .object(config.merging(pace) { $1 }),
                ],
                ["id": "note", "type": "action", "config": ["kind": "transform", "expression": "."]],
            ],
        ]
    }

    private func publish(_ definition: JSONValue, _ host: DaemonFixture) async throws {
        _ = try await host.send(.workflow(.save(host.tenant, Self.id, definition: definition, revision: nil)))
        _ = try await host.send(.workflow(.publish(host.tenant, Self.id, revision: nil, note: nil)))
    }

    /// Has a time pass at which no daemon was there.
    private func miss(_ host: DaemonFixture) async throws {
        let tenant = try await host.daemon.store.tenant(host.tenant)
        try await tenant.write { try $0.execute(sql: "UPDATE workflowPoll SET due = 1700000000000") }
        await host.daemon.engine.libraryChanged(of: host.tenant)
    }

    private func found(_ host: DaemonFixture) async throws -> [String] {
        let list = RunRequest.list(host.tenant, workflow: Self.id, state: nil, needsPerson: false, cursor: nil, limit: 100)
        let runs = try await host.send(.run(list))["runs"]?.array ?? []
        return runs.filter { $0["state"] == "succeeded" }.compactMap { $0["input"]?["id"]?.string }.sorted()
    }

    @Test func `a missed time is asked once, new times go on from there, and both are shown`() async throws {
        try await WebFixture.with { (web) async throws in
            let host = web.host
            try await host.createTenant()
            _ = try await host.send(.pluginRun(host.tenant, .folder(try host.plugin()), configuration: nil))
            _ = try await host.send(.workflow(.create(host.tenant, definition: Self.definition("0 0 1 1 *", "Europe/Berlin"))))
            _ = try await host.send(.workflow(.publish(host.tenant, Self.id, revision: nil, note: nil)))
            _ = try await host.send(.workflow(.activate(host.tenant, Self.id)))
            let shown = try await web.send("GET", "/api/workflows/watch?tenant=acme").json
            let poll = shown["polls"]?.array?.first
            #expect(poll?["cron"] == "0 0 1 1 *" && poll?["timezone"] == "Europe/Berlin", "\(shown.compactText)")
            #expect(poll?["every"] == .null && poll?["polled"] == .null)
            #expect(poll?["next"]?.string?.hasSuffix("-12-31T23:00:00.000Z") == true)
            let text = WorkflowOutput.details(shown, width: nil)
            #expect(text.contains("-12-31T23:00:00.000Z by new (0 0 1 1 *, Europe/Berlin)"), "\(text)")

            try await miss(host)
            #expect(await eventually { (try? await found(host)) == ["a", "b", "poll 1"] })
            let next = try await host.send(.workflow(.show(host.tenant, Self.id)))["polls"]?.array?.first
            #expect(next?["next"] == poll?["next"])
            #expect(next?["failures"] == 0)

            try await publish(Self.definition("@yearly", "Asia/Tokyo"), host)
            let changed = try await web.send("GET", "/api/workflows/watch?tenant=acme").json["polls"]?.array?.first
            #expect(changed?["next"]?.string?.hasSuffix("-12-31T15:00:00.000Z") == true)
            try await miss(host)
            #expect(await eventually { (try? await found(host)) == ["a", "b", "poll 1", "poll 2"] })

            _ = try await host.send(.workflow(.save(host.tenant, Self.id, definition: Self.definition("@daily", "Mars/Olympus"), revision: nil)))
            let refused = await problem { try await host.send(.workflow(.publish(host.tenant, Self.id, revision: nil, note: nil))) }
            #expect(refused?.message.contains("/nodes/0/config/timezone: node new: time zone not found: \"Mars/Olympus\"") == true)

            try await publish(Self.definition(["every": "24h"]), host)
            let regular = try await web.send("GET", "/api/workflows/watch?tenant=acme").json
            let again = regular["polls"]?.array?.first
            #expect(again?["every"] == "24h" && again?["cron"] == .null && again?["timezone"] == .null, "\(regular.compactText)")
            #expect(WorkflowOutput.details(regular, width: nil).contains(" by new (every 24h)"))
        }
    }
}
