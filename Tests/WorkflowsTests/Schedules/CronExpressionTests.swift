import Model
import Testing

@testable import Workflows

/// What crontab(5) allows, and when it is meant.
struct CronExpressionTests {
    @Test(arguments: [
        ("", "expected five fields, found 0"), ("* * * *", "expected five fields, found 4"), ("0 * * * * *", "expected five fields, found 6"),
        ("@sometimes", "no such word: \"@sometimes\""), ("60 * * * *", "minute: \"60\" is none from 0 to 59"),
        ("-1 * * * *", "minute: \"\" is none from 0 to 59"), ("* 24 * * *", "hour: \"24\" is none from 0 to 23"),
        ("* * 0 * *", "day of the month: \"0\" is none from 1 to 31"), ("* * * 13 *", "month: \"13\" is none from 1 to 12"),
        ("* * * foo *", "month: \"foo\" is none from 1 to 12"), ("* * * * 8", "day of the week: \"8\" is none from 0 to 7"),
        ("* * * * mon-", "day of the week: \"\" is none from 0 to 7"), ("1,,2 * * * *", "minute: \"\" is none from 0 to 59"),
        ("5/10 * * * *", "minute: a step needs a range: 5/10"), ("*/0 * * * *", "minute: the step \"0\" is none from 1 to 59"),
        ("*/x * * * *", "minute: the step \"x\" is none from 1 to 59"), ("*/60 * * * *", "minute: the step \"60\" is none from 1 to 59"),
        ("* 22-4 * * *", "hour: 22-4 ends before it begins"), ("* * * * fri-mon", "day of the week: fri-mon ends before it begins"),
        ("* * L * *", "day of the month: \"l\" is none from 1 to 31"), ("+5 * * * *", "minute: \"+5\" is none from 0 to 59"),
        ("0 0 30 2 *", "it never comes: no month that it names has such a day"),
        ("0 0 31 2,4,6,9,11 *", "it never comes: no month that it names has such a day"),
    ])
    func `what is no expression is refused with its field`(text: String, message: String) {
        let problem = #expect(throws: Problem.self) { try CronExpression(text) }
        #expect(problem?.message == message)
    }

    @Test func `an expression has an end`() {
        #expect(throws: Problem.self) { try CronExpression(String(repeating: "1,", count: 200) + "1 * * * *") }
    }

    @Test(arguments: [
        ("*/15 * * * *", "2026-11-27T10:07:30Z", ["2026-11-27T10:15", "2026-11-27T10:30", "2026-11-27T10:45", "2026-11-27T11:00"]),
        ("30 9 * * mon-fri", "2026-11-27T09:30:00Z", ["2026-11-30T09:30", "2026-12-01T09:30"]),
        ("0 0 29 2 *", "2026-01-01T00:00:00Z", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        ("0 0 29 2 *", "2096-03-01T00:00:00Z", ["2104-02-29T00:00"]),
        // One of both days is enough where both are restricted.
        ("0 0 13 * fri", "2026-11-01T00:00:00Z", ["2026-11-06T00:00", "2026-11-13T00:00", "2026-11-20T00:00", "2026-11-27T00:00", "2026-12-04T00:00", "2026-12-11T00:00", "2026-12-13T00:00"]),
        ("0 0 */2 * sun", "2026-11-01T00:00:00Z", ["2026-11-15T00:00", "2026-11-29T00:00"]),
        ("0 12 * JAN,Dec 7", "2026-11-01T00:00:00Z", ["2026-12-06T12:00"]),
        ("@weekly", "2026-11-27T00:00:00Z", ["2026-11-29T00:00"]), ("@YEARLY", "2026-11-27T00:00:00Z", ["2027-01-01T00:00"]),
        ("0-10/5,59 23 31 12 *", "2026-11-27T00:00:00Z", ["2026-12-31T23:00", "2026-12-31T23:05", "2026-12-31T23:10", "2026-12-31T23:59", "2027-12-31T23:00"]),
    ])
    func `the next times are those that are written`(text: String, after: String, expected: [String]) throws {
        let timetable = Timetable(try CronExpression(text), .utc)
        var moment = try #require(Moments.milliseconds(after))
        for time in expected {
            moment = try #require(timetable.next(after: moment))
            #expect(Timestamp(milliseconds: moment).description == time + ":00.000Z")
        }
    }
}
