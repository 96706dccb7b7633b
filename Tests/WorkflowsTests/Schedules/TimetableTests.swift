import Model
import Testing

@testable import Workflows

/// Times of places whose clocks change.
struct TimetableTests {
    private static func moment(_ text: String) throws -> Int64 { try #require(Moments.milliseconds(text)) }

    @Test(arguments: [
        // Clocks skip 02:00 to 03:00 on 29 March 2026: what lies in it begins when they do, and once.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T02:00:00Z", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        ("0,15,30,45 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["2026-03-29T01:00", "2026-03-30T00:00"]),
        ("0 3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["2026-03-29T01:00", "2026-03-30T01:00"]),
        // They show 02:00 to 03:00 twice on 25 October 2026: the first one counts.
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:00:00Z", ["2026-10-26T01:30"]),
        ("0 1,3 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", ["2026-10-24T23:00", "2026-10-25T02:00"]),
        // What is meant for every hour follows the clock.
        ("30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", ["2026-03-29T00:30", "2026-03-29T01:30"]),
        ("30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", ["2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T02:30"]),
        ("*/30 * * * *", "Australia/Lord_Howe", "2026-04-04T14:20:00Z", ["2026-04-04T14:30", "2026-04-04T15:00", "2026-04-04T15:30"]),
        // Midnight may be skipped, and a day.
        ("0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z", ["2026-09-06T04:00", "2026-09-07T03:00"]),
        ("0 8 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00Z", ["2011-12-30T10:00", "2012-12-29T18:00"]),
        // Where no transition is written down any more, the rule for all years holds.
        ("30 2 * * *", "Europe/Berlin", "2099-03-28T12:00:00Z", ["2099-03-29T01:00", "2099-03-30T00:30"]),
        ("0 9 * * *", "Asia/Kolkata", "2026-01-01T00:00:00Z", ["2026-01-01T03:30", "2026-01-02T03:30"]),
        ("0 9 * * *", "Etc/GMT+5", "2026-01-01T00:00:00Z", ["2026-01-01T14:00"]),
    ])
    func `a time that clocks skip or show twice comes once`(text: String, zone: String, after: String, expected: [String]) throws {
        let timetable = try Timetable(Schedule(expression: CronExpression(text), zone: zone))
        var moment = try Self.moment(after)
        for time in expected {
            moment = try #require(timetable.next(after: moment))
            #expect(Timestamp(milliseconds: moment).description == time + ":00.000Z")
        }
    }

    @Test func `times rise, none is passed over, and each is one that the expression means`() throws {
        var random = SeededRandom(11)
        let zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "America/Santiago"]
        for _ in 0..<400 {
            func pick(_ range: ClosedRange<Int>) -> String {
                Bool.random(using: &random) ? "*" : "\(Int.random(in: range, using: &random)),\(Int.random(in: range, using: &random))"
            }
            let expression = try CronExpression("\(pick(0...59)) \(pick(0...23)) \(pick(1...28)) \(pick(1...12)) \(pick(0...7))")
            let zone = zones.randomElement(using: &random) ?? "UTC"
            let rules = try ZoneRules(named: zone)
            let timetable = Timetable(expression, rules)
            var moment = Int64.random(in: 0...4_000_000_000, using: &random) * 1000
            for _ in 0..<5 {
                let next = try #require(timetable.next(after: moment))
                #expect(next > moment)
                #expect(timetable.next(after: Int64.random(in: moment..<next, using: &random)) == next, "\(expression.text) in \(zone)")
                let second = Int(next / 1000)
                let local = (second + rules.offset(at: second)).floored(by: 60)
                let isChange = rules.next(after: second - 1)?.at == second
                #expect(isChange || expression.first(from: local, before: local + 1) == local, "\(expression.text) in \(zone): \(next)")
                moment = next
            }
        }
    }

    @Test func `the last time up to a moment is the one before the next`() throws {
        let timetable = Timetable(try CronExpression("*/7 3 * * *"), .utc)
        let known = try Self.moment("2026-01-01T03:07:00Z")
        for (now, last) in [
            ("2026-01-01T03:07:00Z", "2026-01-01T03:07:00.000Z"), ("2026-01-01T03:13:59Z", "2026-01-01T03:07:00.000Z"),
            ("2026-01-01T03:14:00Z", "2026-01-01T03:14:00.000Z"), ("2026-06-01T00:00:00Z", "2026-05-31T03:56:00.000Z"),
        ] {
            #expect(timetable.last(upTo: try Self.moment(now), from: known).map { Timestamp(milliseconds: $0).description } == last)
        }
        // None of its times: a zone whose rules have changed.
        let stray = try Self.moment("2026-01-01T03:08:00Z")
        #expect(timetable.last(upTo: try Self.moment("2026-01-01T03:10:00Z"), from: stray) == nil)
        #expect(timetable.last(upTo: try Self.moment("2026-01-01T03:15:00Z"), from: stray) == (try Self.moment("2026-01-01T03:14:00Z")))
    }

    @Test(arguments: ["Europe/Nowhere", "europe/../../etc/passwd", "/etc/localtime", "", "Europe", "tzdata.zi", "zone.tab", "Europe/Berlin\n", ".."])
    func `what is no zone is refused`(name: String) {
        let problem = #expect(throws: Problem.self) { try ZoneRules(named: name) }
        #expect(problem?.message.hasPrefix("time zone not found") == true)
    }

    @Test func `a damaged file is no zone, and does nothing worse`() throws {
        var random = SeededRandom(3)
        let file = try #require(ZoneRules.bytes(of: "/usr/share/zoneinfo/Europe/Berlin"))
        #expect(ZoneRules(file: file) != nil)
        for count in 0..<min(file.count, 400) { _ = ZoneRules(file: Array(file.prefix(count))) }
        for _ in 0..<2000 {
            var bytes = file
            for _ in 0..<4 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            guard let rules = ZoneRules(file: bytes) else { continue }
            _ = rules.offset(at: 1_800_000_000)
            _ = rules.next(after: 5_000_000_000)
        }
    }
}
