import Model
import Testing

@testable import Web

struct LogPositionTests {
    @Test(arguments: [
        ("7@2026-11-27T10:00:00.000Z", 7, "2026-11-27T10:00:00.000Z", true), ("7@2026-11-27T10:00:00.000Z", 6, "2026-11-27T09:59:59.999Z", true),
        ("7@2026-11-27T10:00:00.000Z", 8, "2026-11-27T10:00:00.000Z", false), ("7@2026-11-27T10:00:00.000Z", 1, "2026-11-27T10:00:00.001Z", false),
    ])
    func `who has read a line has read those before it, of the same daemon`(id: String, number: Int64, time: String, isRead: Bool) throws {
        let event: JSONValue = ["number": .integer(number), "at": .string(time), "text": "x"]
        let (seen, place) = (try #require(LogPosition(id)), try #require(LogPosition(of: event)))
        #expect(seen.covers(place) == isRead && seen.text == id)
    }

    @Test(arguments: ["", "7", "@", "x@y", "-1@2026", "0@2026", "99999999999999999999@2026", "7" + String(repeating: "@", count: 70)])
    func `what is no place in a log is none`(text: String) { #expect(LogPosition(text) == nil) }

    @Test func `an event that is no line has no place`() {
        #expect(LogPosition(of: ["run": ["state": "running"]]) == nil && LogPosition(of: ["number": "7", "at": "t"]) == nil)
    }
}
