import GRDB
import HostTesting
import Logging
import Model
import Store
import Testing

@testable import Workflows

/// Runs that begin at their time: real definitions and runs on a real store, with times that are told.
@Suite(.timeLimit(.minutes(3))) struct ScheduleTests {
    private static let tenant = TenantID(unchecked: "acme")
    private static let id = WorkflowID(unchecked: "nightly")

    private struct Fixture: Sendable {
        let store: Store
        let library: WorkflowLibrary
        let clock: LibraryFixture.Clock
        let world = World()
        let engine: WorkflowEngine

        init(_ fixture: LibraryFixture, isQuiet: Bool = false) {
            (store, library, clock) = (fixture.store, fixture.library, fixture.clock)
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            engine = WorkflowEngine(
                store, source: library, evaluator: PathEvaluator(world: world), invoker: world, logger: logger,
                startsByItself: { _ in !isQuiet })
        }

        func begin() async { await engine.beginScheduled(of: tenant, at: clock.now) }

        func runs() async throws -> [Run] {
            try await engine.list(RunFilter(), limit: 100, after: nil, for: tenant).runs
        }

        func times() async throws -> [String] {
            try await runs().map { try JSONValue.parse($0.input.text)["time"]?.string ?? "" }.sorted()
        }

        func due(of id: WorkflowID = id) async throws -> [String] {
            try await library.nextTimes(of: id, in: tenant).map { Timestamp(milliseconds: $0.times[0]).description }
        }
    }

    /// 2023-11-14T22:13:20Z is what the clock of the library begins with.
    private func with(isQuiet: Bool = false, _ body: (Fixture) async throws -> Void) async throws {
        try await LibraryFixture.with { fixture in
            let fixture = Fixture(fixture, isQuiet: isQuiet)
            try await body(fixture)
            fixture.world.release()
            await fixture.engine.stop(within: .zero)
        }
    }

    private static func definition(
        _ expression: String, _ more: [String: JSONValue] = [:], id: WorkflowID = id
    ) -> JSONValue {
        let config: [String: JSONValue] = ["kind": "cron", "expression": .string(expression)]
        return [
            "id": .string(id.rawValue),
            "nodes": [
                Definition.node("at", "trigger", .object(config.merging(more) { $1 }), to: ["work"]),
                Definition.node("work", "action", ["kind": "tool", "plugin": "archive", "tool": "list"]),
            ],
        ]
    }

    private func publish(_ fixture: Fixture, _ definition: JSONValue, isActive: Bool = true) async throws {
        let draft = try await fixture.library.save(definition, for: .change(nil, revision: nil), of: Self.tenant, by: "ann")
        _ = try await fixture.library.publish(draft.record.id, of: Self.tenant, by: "ann")
        if isActive { _ = try await fixture.library.setActive(draft.record.id, of: Self.tenant, true) }
    }

    @Test func `a time begins one run, also where a daemon died before the schedule moved on`() async throws {
        try await with { fixture in
            try await publish(fixture, Self.definition("*/10 * * * *"))
            #expect(try await fixture.due() == ["2023-11-14T22:20:00.000Z"])
            await fixture.begin()
            #expect(try await fixture.runs().isEmpty)
            fixture.clock.advance(.seconds(400))
            await fixture.begin()
            #expect(try await fixture.times() == ["2023-11-14T22:20:00.000Z"])
            #expect(try await fixture.due() == ["2023-11-14T22:30:00.000Z"])
            // As a daemon leaves it that dies when the run is on disk.
            let due = try #require(Moments.milliseconds("2023-11-14T22:20:00Z"))
            try await fixture.store.tenant(Self.tenant).write { database in
                try database.execute(sql: "UPDATE workflowSchedule SET due = ?", arguments: [due])
            }
            await fixture.begin()
            #expect(try await fixture.times().count == 1)
            #expect(try await fixture.due() == ["2023-11-14T22:30:00.000Z"])
        }
    }

    @Test(arguments: [(Schedule.Missed.once, ["2023-11-24T22:10:00.000Z"]), (.skip, [])])
    func `times that were missed begin one run or none`(missed: Schedule.Missed, times: [String]) async throws {
        try await with { fixture in
            try await publish(fixture, Self.definition("*/10 * * * *", ["missed": .string(missed.rawValue)]))
            fixture.clock.advance(.seconds(10 * 86_400))
            await fixture.begin()
            #expect(try await fixture.times() == times)
            #expect(try await fixture.due() == ["2023-11-24T22:20:00.000Z"])
            // In time is in time, whatever is done with the others.
            fixture.clock.advance(.seconds(410))
            await fixture.begin()
            #expect(try await fixture.times() == times + ["2023-11-24T22:20:00.000Z"])
        }
    }

    @Test func `a time is passed over while the last run is under way, where the schedule says so`() async throws {
        try await with { fixture in
            try await publish(fixture, Self.holding(Self.definition("*/10 * * * *", ["overlap": "skip"])))
            for _ in 0..<2 {
                fixture.clock.advance(.seconds(600))
                await fixture.begin()
            }
            #expect(try await fixture.times() == ["2023-11-14T22:20:00.000Z"])
            let run = try #require(try await fixture.runs().first)
            try await fixture.engine.post(.cancelled, to: run.id, of: Self.tenant)
            fixture.clock.advance(.seconds(600))
            await fixture.begin()
            #expect(try await fixture.times() == ["2023-11-14T22:20:00.000Z", "2023-11-14T22:40:00.000Z"])
        }
    }

    /// With a person to wait for in the place of its work.
    private static func holding(_ definition: JSONValue) -> JSONValue {
        guard let nodes = definition["nodes"]?.array, var members = definition.object else { return definition }
        members["nodes"] = [nodes[0], Definition.node("work", "action", ["kind": "approval", "title": "Go on", "approvers": ["admin"]])]
        return .object(members)
    }

    @Test func `nothing begins where nothing may by itself, and no time is made up for`() async throws {
        try await with(isQuiet: true) { fixture in
            try await publish(fixture, Self.definition("*/10 * * * *"))
            fixture.clock.advance(.seconds(600))
            await fixture.begin()
            #expect(try await fixture.runs().isEmpty)
            #expect(try await fixture.due() == ["2023-11-14T22:30:00.000Z"])
        }
    }

    @Test func `a schedule is there while its workflow is active, and keeps its next time while it stays as it is`() async throws {
        try await with { fixture in
            try await publish(fixture, Self.definition("*/10 * * * *"), isActive: false)
            #expect(try await fixture.due().isEmpty)
            _ = try await fixture.library.setActive(Self.id, of: Self.tenant, true)
            fixture.clock.advance(.seconds(3600))
            try await publish(fixture, Self.definition("*/10 * * * *", ["overlap": "skip"]))
            #expect(try await fixture.due() == ["2023-11-14T22:20:00.000Z"])
            try await publish(fixture, Self.definition("*/20 * * * *"))
            #expect(try await fixture.due() == ["2023-11-14T23:20:00.000Z"])
            _ = try await fixture.library.rollBack(Self.id, of: Self.tenant, to: 1, by: "ann")
            #expect(try await fixture.due() == ["2023-11-14T23:20:00.000Z"])
            _ = try await fixture.library.setActive(Self.id, of: Self.tenant, false)
            #expect(try await fixture.due().isEmpty)
            _ = try await fixture.library.setActive(Self.id, of: Self.tenant, true)
            _ = try await fixture.library.delete(Self.id, of: Self.tenant, isForced: false, by: "ann")
            #expect(try await fixture.due().isEmpty)
        }
    }

    @Test func `a tenant that comes back from a backup makes up for no time`() async throws {
        try await with { fixture in
            try await publish(fixture, Self.definition("*/10 * * * *"))
            let now = Moment.now
            try await fixture.store.tenant(Self.tenant).write { try ScheduleSchema.comesBack($0) }
            let due = try #require(try await fixture.library.nextTimes(of: Self.id, in: Self.tenant).first?.times.first)
            #expect(due > now - 1000)
            #expect(try await fixture.runs().isEmpty)
        }
    }

    @Test func `an engine that starts takes up what is due, and so does one that is told of a change`() async throws {
        try await with { fixture in
            // Long ago, as the engine sees it.
            try await publish(fixture, Self.definition("* * * * *"))
            await fixture.engine.start()
            try await eventually { try await fixture.runs().count == 1 }
            try await publish(fixture, Self.definition("* * * * *", id: WorkflowID(unchecked: "other")))
            await fixture.engine.libraryChanged(of: Self.tenant)
            try await eventually { try await fixture.runs().contains { $0.workflow.rawValue == "other" } }
        }
    }

    @Test func `a clock that was set back has no schedule wait for what it had reached before`() async throws {
        try await with { fixture in
            try await publish(fixture, Self.definition("*/10 * * * *"))
            try await fixture.store.tenant(Self.tenant).write { database in
                try database.execute(sql: "UPDATE workflowSchedule SET due = due + 100000000000")
                try ScheduleQueries.shorten(at: 1_700_000_000_000, in: database)
            }
            #expect(try await fixture.due() == ["2023-11-14T22:20:00.000Z"])
        }
    }

    @Test func `a tenant has no more schedules than are looked after`() async throws {
        try await with { fixture in
            func many(_ id: String) -> JSONValue {
                let triggers = (0..<499).map {
                    Definition.node("t\($0)", "trigger", ["kind": "cron", "expression": "@daily"], to: ["work"])
                }
                let work = Definition.node("work", "action", ["kind": "set", "values": 1])
                return ["id": .string(id), "nodes": .array(triggers + [work])]
            }
            for id in ["one", "two"] { try await publish(fixture, many(id)) }
            let refused = await problem { try await publish(fixture, many("three")) }
            #expect(refused?.code == .quotaExceeded)
            #expect(try await fixture.library.draft(WorkflowID(unchecked: "three"), of: Self.tenant).record.status == .inactive)
        }
    }

    @Test func `what cannot be is found before it is published`() async throws {
        try await with { fixture in
            let findings = try await fixture.library.validate(Self.definition("0 0 * * *", ["timezone": "Mars/Olympus"]), of: Self.tenant)
            #expect(
                findings.list.map(\.description) == [
                    "/nodes/0/config/timezone: node at: time zone not found: \"Mars/Olympus\" (a name of the IANA time zone database such as Europe/Berlin, or UTC)"
                ])
            #expect(
                Definition.findings(Self.definition("0 0 30 2 *")).first
                    == "/nodes/0/config/expression: node at: it never comes: no month that it names has such a day (name a day that its months have)")
            #expect(
                Definition.findings(Self.definition("0 0 * * *", ["missed": "all"])) == [
                    "/nodes/0/config/missed: node at: expected one of once, skip"
                ])
        }
    }
}
