import GRDB
import HostTesting
import Model
import Store
import Testing

@testable import Workflows

/// Triggers that ask what there is: real definitions and runs on a real store, with times that are told.
@Suite(.timeLimit(.minutes(3))) struct PollTests {
    private static let tenant = PollFixture.tenant
    private static let id = PollFixture.id

    private func with(isQuiet: Bool = false, _ body: (PollFixture) async throws -> Void) async throws {
        try await PollFixture.with(isQuiet: isQuiet, body)
    }

    private func publish(_ fixture: PollFixture, _ more: [String: JSONValue] = [:], settings: JSONValue = [:]) async throws {
        try await fixture.publish(more, settings: settings)
    }

    private static func item(_ number: Int) -> JSONValue { PollFixture.item(number) }

    @Test func `what was there at first begins nothing, and what comes begins a run each, once`() async throws {
        try await with { fixture in
            try await publish(fixture)
            await fixture.poll([Self.item(1), Self.item(2)], next: "a")
            #expect(try await fixture.runs() == [])
            // Not before it is time.
            await fixture.poll([Self.item(3)])
            #expect(fixture.asked == [#"{"since":null}"#])
            fixture.clock.advance(.seconds(300))
            await fixture.poll([Self.item(2), Self.item(3), Self.item(3), Self.item(4)], next: ["page": 2])
            #expect(try await fixture.runs() == [#"{"id":3}"#, #"{"id":4}"#])
            fixture.clock.advance(.seconds(300))
            await fixture.poll([Self.item(4), Self.item(1)], next: .null)
            #expect(try await fixture.runs().count == 2)
            #expect(fixture.asked == [#"{"since":null}"#, #"{"since":"a"}"#, #"{"since":{"page":2}}"#])
            let state = try await fixture.state()
            #expect(state.next == fixture.clock.now + 300_000)
            #expect(state.polled == fixture.clock.now)
            #expect(state.failures == 0)
        }
    }

    @Test func `so many begin at once, the rest at the next poll, which begins where this one did`() async throws {
        try await with { fixture in
            try await publish(fixture, ["first": "all", "limit": 2])
            let items = (1...5).map(Self.item)
            var counts: [Int] = []
            for _ in 1...3 {
                await fixture.poll(items, next: "end")
                counts.append(try await fixture.runs().count)
                fixture.clock.advance(.seconds(1))
            }
            #expect(counts == [2, 4, 5])
            #expect(fixture.asked == Array(repeating: #"{"since":null}"#, count: 3))
            fixture.clock.advance(.seconds(300))
            await fixture.poll([], next: "end")
            #expect(fixture.asked.last == #"{"since":"end"}"#)
        }
    }

    @Test func `a failure is seen, and asked about later and later, from the same place`() async throws {
        try await with { fixture in
            try await publish(fixture, ["first": "all"])
            await fixture.poll([], next: "a")
            var pauses: [Int64] = []
            for _ in 1...6 {
                fixture.clock.advance(.milliseconds(try await fixture.state().next - fixture.clock.now))
                fixture.world.feed = .failure(StepError("unreachable", "nobody there"))
                await fixture.poll()
                pauses.append(try await fixture.state().next - fixture.clock.now)
            }
            #expect(pauses == [300_000, 600_000, 1_200_000, 2_400_000, 3_600_000, 3_600_000])
            let state = try await fixture.state()
            #expect(state.failures == 6)
            #expect(state.error == "unreachable: nobody there")
            fixture.clock.advance(.seconds(3600))
            await fixture.poll([Self.item(1)], next: "b")
            #expect(try await fixture.state().error == nil)
            #expect(try await fixture.runs() == [#"{"id":1}"#])
            #expect(Set(fixture.asked.dropFirst()) == [#"{"since":"a"}"#])
        }
    }

    @Test(arguments: [
        (["items": 5], "expression: id: an item has none"), (["items": [["name": "x"]]], "expression: id: an item has none"),
    ] as [(JSONValue, String)])
    func `items that cannot be told apart begin nothing`(output: JSONValue, error: String) async throws {
        try await with { fixture in
            try await publish(fixture, ["first": "all"])
            fixture.world.feed = .success(.inline(output.compactText))
            await fixture.poll()
            #expect(try await fixture.runs() == [])
            if output["items"]?.array != nil { #expect(try await fixture.state().error == error) }
        }
    }

    @Test func `runs and cursor are on disk together or not at all`() async throws {
        try await with { fixture in
            try await publish(fixture, ["first": "all"])
            let tenant = try await fixture.store.tenant(Self.tenant)
            // The third run of three cannot be stored.
            try await tenant.write { database in
                try database.execute(
                    sql: """
                        CREATE TRIGGER full BEFORE INSERT ON workflowRun WHEN (SELECT count(*) FROM workflowRun) = 2
                            BEGIN SELECT raise(ABORT, 'full'); END
                        """)
            }
            await fixture.poll((1...3).map(Self.item), next: "a")
            #expect(try await fixture.runs() == [])
            #expect(try await fixture.state().failures == 1)
            try await tenant.write { try $0.execute(sql: "DROP TRIGGER full") }
            fixture.clock.advance(.seconds(300))
            await fixture.poll((1...3).map(Self.item), next: "a")
            #expect(try await fixture.runs().count == 3)
            #expect(fixture.asked == Array(repeating: #"{"since":null}"#, count: 2))
            // As a daemon finds it that knows nothing of what was remembered: the runs know their items.
            try await tenant.write { try $0.execute(sql: "DELETE FROM workflowPollItem") }
            fixture.clock.advance(.seconds(300))
            await fixture.poll((1...3).map(Self.item), next: "a")
            #expect(try await fixture.runs().count == 3)
        }
    }

    @Test func `a poll whose trigger was changed meanwhile begins nothing`() async throws {
        try await with { fixture in
            try await publish(fixture, ["first": "all"])
            let record = try await fixture.store.tenant(Self.tenant).read { try #require(try PollQueries.all(of: Self.id, in: $0).first) }
            await fixture.poll([Self.item(1)])
            let isSettled = try await fixture.store.tenant(Self.tenant).write { database in
                try PollQueries.settle(record, ["x"], cursor: "1", next: 1, at: 1, in: database)
            }
            #expect(!isSettled)
            #expect(try await fixture.state().next > 1)
        }
    }

    @Test func `another version goes on, one that asks another tool begins anew, and none at rest asks`() async throws {
        try await with { fixture in
            try await publish(fixture)
            await fixture.poll([Self.item(1)], next: "a")
            try await publish(fixture, ["every": "1m"])
            #expect(try await fixture.state().next == fixture.clock.now + 60_000)
            fixture.clock.advance(.seconds(60))
            await fixture.poll([Self.item(1), Self.item(2)], next: "b")
            #expect(try await fixture.runs() == [#"{"id":2}"#])
            try await publish(fixture, ["id": ".id.x"])
            #expect(try await fixture.state().polled == nil)
            _ = try await fixture.library.setActive(Self.id, of: Self.tenant, false)
            #expect(try await fixture.library.polls(of: Self.id, in: Self.tenant).isEmpty)
        }
    }

    @Test func `what is remembered has a bound, and what is still there stays in it`() async throws {
        try await with { fixture in
            try await publish(fixture)
            let tenant = try await fixture.store.tenant(Self.tenant)
            try await tenant.write { database in
                for round in 0..<3 {
                    let record = try #require(try PollQueries.all(of: Self.id, in: database).first)
                    let items = ["kept"] + (0..<4999).map { "\(round) \($0)" }
                    _ = try PollQueries.settle(record, items, cursor: nil, next: Int64(round), at: Int64(round), in: database)
                }
                #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM workflowPollItem") == PollRecord.memory)
                let record = try #require(try PollQueries.all(of: Self.id, in: database).first)
                #expect(try PollQueries.known(["kept", "2 7", "none"], of: record, in: database) == ["kept", "2 7"])
            }
        }
    }

    @Test func `without the feature nothing is asked, and the next time comes`() async throws {
        try await with(isQuiet: true) { fixture in
            try await publish(fixture)
            await fixture.poll([Self.item(1)])
            #expect(fixture.asked == [])
            #expect(try await fixture.state().next == fixture.clock.now + 300_000)
        }
    }

    @Test func `a poll counts the runs that it begins, and beyond what the plan allows begins none`() async throws {
        try await with { fixture in
            try await publish(fixture, ["first": "all"])
            fixture.world.mostRuns = 3
            await fixture.poll((1...2).map(Self.item))
            #expect(fixture.world.countedRuns == 2)
            fixture.clock.advance(.seconds(300))
            await fixture.poll((1...4).map(Self.item))
            #expect(try await fixture.state().error == "quotaExceeded: no more runs")
            #expect(fixture.world.countedRuns == 2)
            fixture.world.mostRuns = 4
            fixture.clock.advance(.seconds(300))
            await fixture.poll((1...4).map(Self.item))
            #expect(try await fixture.runs().count == 4)
            #expect(fixture.world.countedRuns == 4)
        }
    }

    @Test func `what is found may become one run`() async throws {
        try await with { fixture in
            try await publish(fixture, ["first": "all"], settings: ["debounce": ["quiet": "1h"]])
            await fixture.poll((1...3).map(Self.item))
            let runs = try await fixture.engine.list(RunFilter(), limit: 10, after: nil, for: Self.tenant).runs
            #expect(runs.count { $0.error?.code == "superseded" } == 2)
            #expect(runs.first { $0.isHeld }?.input.text == #"{"id":3}"#)
        }
    }

    @Test func `what is due is asked by itself, and what comes back from a backup remembers what is there`() async throws {
        try await with { fixture in
            try await publish(fixture, ["first": "all"])
            fixture.world.feed = .success(.inline(#"{"items":[{"id":1}],"next":"a"}"#))
            await fixture.engine.libraryChanged(of: Self.tenant)
            try await eventually { try await fixture.runs().count == 1 }
            #expect(try await fixture.state().next > Moment.now)
            try await fixture.store.tenant(Self.tenant).write { try PollSchema.comesBack($0) }
            fixture.world.feed = .success(.inline(#"{"items":[{"id":1},{"id":2}],"next":"a"}"#))
            await fixture.engine.libraryChanged(of: Self.tenant)
            try await eventually { try await fixture.state().polled != nil }
            #expect(try await fixture.runs().count == 1)
        }
    }
}
