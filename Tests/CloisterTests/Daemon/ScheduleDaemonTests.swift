import Control
import GRDB
import HostTesting
import Model
import Store
import Testing
import Workflows

@testable import cloister

/// Schedules of a whole daemon.
@Suite(.timeLimit(.minutes(3))) struct ScheduleDaemonTests {
    private static let id = WorkflowID(unchecked: "yearly")
    private static let definition: JSONValue = [
        "id": "yearly",
        "nodes": [
            ["id": "at", "type": "trigger", "config": ["kind": "cron", "expression": "0 0 1 1 *"], "connections": [["to": "note"]]],
            ["id": "note", "type": "action", "config": ["kind": "transform", "expression": ".time"]],
        ],
    ]

    /// Has the schedule wait for a time that has passed, and returns when it waits for the next one.
    private func miss(_ time: String, _ host: DaemonFixture) async throws {
        let due = try Timestamp(time, at: "/due").milliseconds
        let tenant = try await host.daemon.store.tenant(host.tenant)
        try await tenant.write { try $0.execute(sql: "UPDATE workflowSchedule SET due = ?", arguments: [due]) }
        await host.daemon.engine.libraryChanged(of: host.tenant)
        for _ in 0..<600 {
            let now = try await tenant.read { try Int64.fetchOne($0, sql: "SELECT due FROM workflowSchedule") }
            if now != due { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("the schedule did not move on")
    }

    private func ended(_ host: DaemonFixture) async throws -> [JSONValue] {
        var runs: [JSONValue] = []
        for _ in 0..<600 where runs.isEmpty || runs.contains(where: { $0["state"] == "running" }) {
            let list = RunRequest.list(host.tenant, workflow: Self.id, state: nil, needsPerson: false, cursor: nil, limit: 10)
            runs = try await host.send(.run(list))["runs"]?.array ?? []
            try await Task.sleep(for: .milliseconds(20))
        }
        return runs
    }

    @Test func `what is due begins once, also under the next daemon, and what comes is shown`() async throws {
        let folder = TemporaryFolder.make()
        defer { TemporaryFolder.remove(folder) }
        try await DaemonFixture.with(folder: folder) { (host) async throws in
            try await host.createTenant()
            _ = try await host.send(.workflow(.create(host.tenant, definition: Self.definition)))
            _ = try await host.send(.workflow(.publish(host.tenant, Self.id, revision: nil, note: nil)))
            let resting = try await host.send(.workflow(.show(host.tenant, Self.id)))
            #expect(resting["schedules"] == [])
            #expect(resting["polls"] == [])
            _ = try await host.send(.workflow(.activate(host.tenant, Self.id)))
            let shown = try await host.send(.workflow(.show(host.tenant, Self.id)))
            let schedule = shown["schedules"]?.array?.first
            #expect(schedule?["node"] == "at" && schedule?["timezone"] == "UTC", "\(shown.compactText)")
            #expect(schedule?["next"]?.array?.count == 5)
            #expect(schedule?["next"]?.array?.allSatisfy { $0.string?.hasSuffix("-01-01T00:00:00.000Z") == true } == true)

            try await miss("2024-01-01T00:00:00Z", host)
            let runs = try await ended(host)
            #expect(runs.map { $0["state"] } == ["succeeded"])
            #expect(runs.first?["output"] == runs.first?["input"]?["time"])
        }
        try await DaemonFixture.with(folder: folder) { (host) async throws in
            try await miss("2024-01-01T00:00:00Z", host)
            #expect(try await ended(host).count == 1)
        }
    }
}
