import GRDB
import Model
import Store
import Testing

@testable import Workflows

/// Triggers that ask at the times of an expression.
@Suite(.serialized, .timeLimit(.minutes(3))) struct PollPaceTests {
    private static let tenant = PollFixture.tenant
    private static let item = PollFixture.item

    private static func cron(_ text: String, _ zone: String? = nil, first: String = "all") -> [String: JSONValue] {
        ["every": .null, "cron": .string(text), "timezone": JSONValue(zone), "first": .string(first)]
    }

    @Test(arguments: [
        // From Friday evening to Monday morning, and clocks go forward in between.
        ("*/15 8-18 * * 1-5", "Europe/Berlin", "2026-03-27T17:44:59Z", ["2026-03-27T17:45", "2026-03-30T06:00", "2026-03-30T06:15"]),
        // A time that they skip, and one that they show twice.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T02:00:00Z", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        ("30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", ["2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T02:30"]),
        ("@daily", "UTC", "2026-03-28T00:00:00Z", ["2026-03-29T00:00"]),
    ])
    func `it asks when its clock on the wall says so`(text: String, zone: String, after: String, expected: [String]) throws {
        let pace = PollPace.times(try CronExpression(text), zone: zone)
        var moment = try #require(Moments.milliseconds(after))
        for time in expected {
            moment = try pace.next(after: moment)
            #expect(Timestamp(milliseconds: moment).description == time + ":00.000Z")
        }
    }

    @Test func `what goes wrong is asked about again after a minute and then later and later, up to an hour`() throws {
        let monthly = PollPace.times(try CronExpression("@monthly"), zone: "UTC")
        #expect([0, 1, 2, 5, 6, 1_000_000].map(monthly.pause) == [60_000, 120_000, 240_000, 1_920_000, 3_600_000, 3_600_000])
        #expect([0, 1, 4, 1_000_000].map(PollPace.every(.seconds(300)).pause) == [300_000, 600_000, 3_600_000, 3_600_000])
        #expect([0, 9].map(PollPace.every(.seconds(86_400)).pause) == [86_400_000, 86_400_000])
        #expect(throws: Problem.self) { try PollPace.times(try CronExpression("@monthly"), zone: "Mars/Olympus").next(after: 0) }
    }

    @Test func `it asks at its times, and once for all that were missed`() async throws {
        try await PollFixture.with { fixture in
            try await fixture.publish(Self.cron("*/10 * * * *"))
            #expect(try await fixture.next() == "2023-11-14T22:20:00.000Z")
            await fixture.poll([Self.item(1)])
            #expect(fixture.asked == [])
            try fixture.go(to: "2023-11-14T22:20:00Z")
            await fixture.poll([Self.item(1)], next: "a")
            #expect(try await fixture.runs() == [#"{"id":1}"#])
            #expect(try await fixture.next() == "2023-11-14T22:30:00.000Z")
            // Ten days without a daemon.
            try fixture.go(to: "2023-11-24T22:25:30Z")
            for _ in 0..<3 { await fixture.poll([Self.item(1), Self.item(2)], next: "b") }
            #expect(fixture.asked == [#"{"since":null}"#, #"{"since":"a"}"#])
            #expect(try await fixture.runs() == [#"{"id":1}"#, #"{"id":2}"#])
            #expect(try await fixture.next() == "2023-11-24T22:30:00.000Z")
        }
    }

    @Test(arguments: [
        ("2026-03-28T12:00:00Z", ["2026-03-29T01:00:00.000Z", "2026-03-30T00:30:00.000Z"]),
        ("2026-10-24T12:00:00Z", ["2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"]),
    ])
    func `a time that clocks skip or show twice is one poll`(start: String, times: [String]) async throws {
        try await PollFixture.with { fixture in
            try fixture.go(to: start)
            try await fixture.publish(Self.cron("30 2 * * *", "Europe/Berlin"))
            for time in times {
                #expect(try await fixture.next() == time)
                try fixture.go(to: time)
                await fixture.poll([])
            }
            #expect(fixture.asked.count == times.count)
        }
    }

    @Test func `a first look that begins nothing is at once, so that what comes before the first time is not taken for old`() async throws {
        try await PollFixture.with { fixture in
            try await fixture.publish(Self.cron("0 3 * * *", first: "now"))
            #expect(try await fixture.state().next == fixture.clock.now)
            await fixture.poll([Self.item(1)])
            #expect(try await fixture.runs() == [])
            #expect(try await fixture.next() == "2023-11-15T03:00:00.000Z")
            try fixture.go(to: "2023-11-15T03:00:00Z")
            await fixture.poll([Self.item(1), Self.item(2)])
            #expect(try await fixture.runs() == [#"{"id":2}"#])
        }
    }

    @Test func `a failure is asked about again before the next time, and what went well ends that`() async throws {
        try await PollFixture.with { fixture in
            try await fixture.publish(Self.cron("0 3 * * *"))
            try fixture.go(to: "2023-11-15T03:00:00Z")
            await fixture.poll([], next: "a")
            try fixture.go(to: "2023-11-16T03:00:00Z")
            var pauses: [Int64] = []
            for _ in 1...3 {
                fixture.clock.advance(.milliseconds(try await fixture.state().next - fixture.clock.now))
                fixture.world.feed = .failure(StepError("unreachable", "nobody there"))
                await fixture.poll()
                pauses.append(try await fixture.state().next - fixture.clock.now)
            }
            #expect(pauses == [60_000, 120_000, 240_000])
            #expect(try await fixture.state().failures == 3)
            fixture.clock.advance(.seconds(240))
            await fixture.poll([Self.item(1)], next: "b")
            #expect(try await fixture.runs() == [#"{"id":1}"#])
            #expect(Set(fixture.asked.dropFirst()) == [#"{"since":"a"}"#])
            #expect(try await fixture.next() == "2023-11-17T03:00:00.000Z")
            #expect(try await fixture.state().failures == 0)
        }
    }

    @Test func `the rest of many items follows a second later, and then the times go on`() async throws {
        try await PollFixture.with { fixture in
            try await fixture.publish(Self.cron("0 3 * * *").merging(["limit": 2]) { $1 })
            try fixture.go(to: "2023-11-15T03:00:00Z")
            await fixture.poll((1...3).map(Self.item))
            #expect(try await fixture.next() == "2023-11-15T03:00:01.000Z")
            try fixture.go(to: "2023-11-15T03:00:01Z")
            await fixture.poll((1...3).map(Self.item))
            #expect(try await fixture.runs().count == 3)
            #expect(try await fixture.next() == "2023-11-16T03:00:00.000Z")
        }
    }

    @Test func `other times go on with what is remembered, and what is overdue is not put off by them`() async throws {
        try await PollFixture.with { fixture in
            try await fixture.publish()
            await fixture.poll([Self.item(1)], next: "a")
            let paces: [([String: JSONValue], String)] = [
                // Later than it would have been asked by the old ones.
                (Self.cron("0 3 * * *"), "2023-11-15T03:00:00.000Z"), (Self.cron("0 7 * * *", "Europe/Berlin"), "2023-11-15T06:00:00.000Z"),
                (Self.cron("0 7 * * *", "Asia/Kolkata"), "2023-11-15T01:30:00.000Z"), (["every": "1m"], "2023-11-14T22:14:20.000Z"),
                (Self.cron("0 23 * * *"), "2023-11-14T23:00:00.000Z"), (Self.cron("0 23 * * *").merging(["limit": 7]) { $1 }, "2023-11-14T23:00:00.000Z"),
            ]
            for (pace, next) in paces {
                try await fixture.publish(pace)
                #expect(try await fixture.next() == next)
            }
            try fixture.go(to: "2023-11-14T23:00:30Z")
            try await fixture.publish(Self.cron("0 4 * * *"))
            #expect(try await fixture.next() == "2023-11-14T23:00:00.000Z")
            await fixture.poll([Self.item(1), Self.item(2)], next: "b")
            #expect(fixture.asked == [#"{"since":null}"#, #"{"since":"a"}"#])
            #expect(try await fixture.runs() == [#"{"id":2}"#])
            #expect(try await fixture.next() == "2023-11-15T04:00:00.000Z")
        }
    }

    @Test func `a poll whose times were changed meanwhile begins nothing, and is asked again`() async throws {
        try await PollFixture.with { fixture in
            try await fixture.publish(Self.cron("0 23 * * *"))
            try fixture.go(to: "2023-11-14T23:00:00Z")
            let tenant = try await fixture.store.tenant(Self.tenant)
            let record = try await tenant.read { try #require(try PollQueries.all(of: PollFixture.id, in: $0).first) }
            try await fixture.publish(Self.cron("0 4 * * *"))
            let isSettled = try await tenant.write { try PollQueries.settle(record, ["x"], cursor: "1", next: 1, at: 1, in: $0) }
            #expect(!isSettled)
            try await tenant.write { try PollQueries.fail(record, "x", next: 1, in: $0) }
            #expect(try await fixture.state().failures == 0)
            await fixture.poll([Self.item(1)])
            #expect(try await fixture.runs() == [#"{"id":1}"#])
            #expect(try await fixture.next() == "2023-11-15T04:00:00.000Z")
        }
    }

    @Test func `a zone that the machine has forgotten is told, and nothing is asked until it is known again`() async throws {
        try await PollFixture.with { fixture in
            try await fixture.publish(Self.cron("*/10 * * * *", "Europe/Berlin"))
            try fixture.go(to: "2023-11-14T22:20:00Z")
            let tenant = try await fixture.store.tenant(Self.tenant)
            try await tenant.write { try $0.execute(sql: "UPDATE workflowPoll SET zone = 'Mars/Olympus'") }
            await fixture.poll([Self.item(1)])
            #expect(fixture.asked == [])
            #expect(try await fixture.state().error?.hasPrefix("invalidInput: time zone not found: \"Mars/Olympus\"") == true)
            #expect(try await fixture.next() == "2023-11-14T22:21:00.000Z")
            try await tenant.write { try $0.execute(sql: "UPDATE workflowPoll SET zone = 'Europe/Berlin'") }
            try fixture.go(to: "2023-11-14T22:21:00Z")
            await fixture.poll([Self.item(1)])
            #expect(try await fixture.runs() == [#"{"id":1}"#])
            #expect(try await fixture.next() == "2023-11-14T22:30:00.000Z")
        }
    }

    @Test func `without the feature nothing is asked, and the next time comes`() async throws {
        try await PollFixture.with(isQuiet: true) { fixture in
            try await fixture.publish(Self.cron("*/10 * * * *"))
            try fixture.go(to: "2023-11-14T22:20:00Z")
            await fixture.poll([Self.item(1)])
            #expect(fixture.asked == [])
            #expect(try await fixture.next() == "2023-11-14T22:30:00.000Z")
        }
    }

    @Test(arguments: [(0, "2023-11-14T22:20:00.000Z"), (3, "2023-11-14T23:13:20.000Z")])
    func `a clock that is set back has nobody wait for longer than the next time`(failures: Int, next: String) async throws {
        try await PollFixture.with { fixture in
            try await fixture.publish(Self.cron("*/10 * * * *"))
            let now = fixture.clock.now
            try await fixture.store.tenant(Self.tenant).write { database in
                try database.execute(sql: "UPDATE workflowPoll SET due = due + 864000000, failures = ?", arguments: [failures])
                try PollQueries.shorten(at: now, in: database)
            }
            #expect(try await fixture.next() == next)
            // What is overdue stays so.
            fixture.clock.advance(.seconds(7200))
            let later = fixture.clock.now
            try await fixture.store.tenant(Self.tenant).write { try PollQueries.shorten(at: later, in: $0) }
            #expect(try await fixture.next() == next)
        }
    }

    @Test func `a tenant that comes back from a backup looks at once at what is there`() async throws {
        try await PollFixture.with { fixture in
            try await fixture.publish(Self.cron("0 3 * * *"))
            try await fixture.store.tenant(Self.tenant).write { try PollSchema.comesBack($0) }
            let state = try await fixture.state()
            #expect(state.next <= Moment.now)
            #expect(state.pace == .times(try CronExpression("0 3 * * *"), zone: "UTC"))
            fixture.clock.advance(.milliseconds(state.next - fixture.clock.now))
            await fixture.poll([Self.item(1)])
            #expect(try await fixture.runs() == [])
            #expect(try await fixture.state().polled != nil)
        }
    }

    @Test func `a zone that is none is found before it is published`() async throws {
        try await PollFixture.with { fixture in
            let findings = try await fixture.library.validate(
                PollFixture.definition(Self.cron("@daily", "Mars/Olympus")), of: Self.tenant)
            #expect(
                findings.list.map(\.description) == [
                    "/nodes/0/config/timezone: node new: time zone not found: \"Mars/Olympus\" (a name of the IANA time zone database such as Europe/Berlin, or UTC)"
                ])
            #expect(try await fixture.library.validate(PollFixture.definition(Self.cron("@daily", "Asia/Tokyo")), of: Self.tenant).isEmpty)
        }
    }

    @Test func `triggers of a database from before go on, with what they remember`() throws {
        let queue = try DatabaseQueue()
        let before = WorkflowTables.steps + PollSchema.steps
        func migrate(_ steps: [MigrationStep]) throws {
            var migrator = DatabaseMigrator()
            for step in steps { migrator.registerMigration(step.identifier, migrate: step.migrate) }
            try migrator.migrate(queue)
        }
        try migrate(before)
        try queue.write { database in
            try database.execute(
                sql: """
                    INSERT INTO workflow (id, name, description, search, status, revision, draft, draftDigest, findings, faults, created,
                        createdBy, changed, changedBy) VALUES ('watch', '', '', '', 'active', 1, '{}', '', '[]', 0, 1, 'ann', 1, 'ann');
                    INSERT INTO workflowPoll (workflow, node, every, source, due, first, cursor, polled, failures, error)
                        VALUES ('watch', 'a', 300000, 's', 7000, '', '"c"', 6000, 2, 'x: y'),
                            ('watch', 'b', 10000, 't', 8000, 'now', NULL, NULL, 0, NULL);
                    INSERT INTO workflowPollItem (workflow, node, item, seen) VALUES ('watch', 'a', 'one', 1), ('watch', 'a', 'two', 2);
                    """)
        }
        try migrate(before + PollSchema.laterSteps)
        try queue.write { database in
            let records = try PollQueries.all(of: PollFixture.id, in: database)
            #expect(records.map(\.node.rawValue) == ["a", "b"])
            #expect(records.map(\.pace) == [.every(.seconds(300)), .every(.seconds(10))])
            #expect(records.map(\.due) == [7000, 8000])
            #expect(records.map(\.source) == ["s", "t"])
            #expect(records.map(\.first) == [nil, .now])
            #expect(records.map(\.cursor) == ["\"c\"", nil])
            #expect(records.map(\.polled) == [6000, nil])
            #expect(records.map(\.failures) == [2, 0])
            #expect(records.map(\.error) == ["x: y", nil])
            #expect(try PollQueries.known(["one", "two", "three"], of: records[0], in: database) == ["one", "two"])
            #expect(try PollQueries.settle(records[0], ["three"], cursor: "1", next: 9000, at: 8000, in: database))
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM workflowPollItem") == 3)
            // Its items go with it, as before.
            try database.execute(sql: "DELETE FROM workflow")
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM workflowPollItem") == 0)
            let names = try String.fetchAll(database, sql: "SELECT name FROM sqlite_schema WHERE name LIKE 'workflowPoll%' ORDER BY 1")
            #expect(names == ["workflowPoll", "workflowPollDue", "workflowPollItem", "workflowPollItemSeen"])
        }
    }
}
