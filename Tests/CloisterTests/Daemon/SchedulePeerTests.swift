import Glibc
import HostTesting
import Model
import Testing

@testable import Workflows
@testable import cloister

/// The times of schedules, as others find them.
@Suite(.timeLimit(.minutes(3))) struct SchedulePeerTests {
    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    @Test(.enabled(if: access("/usr/bin/systemd-analyze", X_OK) == 0))
    func `expressions come when systemd says`() async throws {
        var random = Random(state: 8)
        func field(_ range: ClosedRange<Int>, _ width: Int, isAll: Bool) -> (cron: String, systemd: String, values: [Int]) {
            if isAll { return ("*", "*", Array(range)) }
            if Bool.random(using: &random) {
                let low = Int.random(in: range, using: &random)
                let high = Int.random(in: low...range.upperBound, using: &random)
                let step = Int.random(in: 1...5, using: &random)
                let values = Array(stride(from: low, through: high, by: step))
                return ("\(low)-\(high)/\(step)", values.map { pad($0, width) }.joined(separator: ","), values)
            }
            let values = Set((0..<3).map { _ in Int.random(in: range, using: &random) }).sorted()
            return (values.map(String.init).joined(separator: ","), values.map { pad($0, width) }.joined(separator: ","), values)
        }
        func pad(_ number: Int, _ width: Int) -> String { number < 10 && width == 2 ? "0\(number)" : "\(number)" }
        let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        var expressions: [String] = []
        var specifications: [String] = []
        for _ in 0..<150 {
            let (minute, hour) = (field(0...59, 2, isAll: Int.random(in: 0..<4, using: &random) == 0), field(0...23, 2, isAll: Bool.random(using: &random)))
            // crontab(5) takes either day where both are named, systemd both.
            let isWeekday = Bool.random(using: &random)
            let (day, month) = (field(1...28, 2, isAll: isWeekday), field(1...12, 2, isAll: Bool.random(using: &random)))
            let weekday = field(0...6, 1, isAll: !isWeekday)
            expressions.append([minute, hour, day, month, weekday].map(\.cron).joined(separator: " "))
            let days = isWeekday ? weekday.values.map { names[$0] }.joined(separator: ",") + " " : ""
            specifications.append("\(days)*-\(month.systemd)-\(day.systemd) \(hour.systemd):\(minute.systemd):00 UTC")
        }
        let given = specifications
        let output = try await aside {
            try ProcessRun.output(
                "/usr/bin/env",
                ["TZ=UTC", "LC_ALL=C", "/usr/bin/systemd-analyze", "calendar", "--iterations=4", "--base-time=2026-01-31 23:58:00 UTC"] + given)
        }
        let answers = output.split(separator: "Normalized form:").map { part in
            part.split(separator: "\n").filter { $0.contains("Next elapse:") || $0.contains("Iter. #") }
                .map { $0.split(separator: " ").suffix(3).prefix(2).joined(separator: "T") + ".000Z" }
        }
        #expect(answers.count == expressions.count)
        for (expression, expected) in zip(expressions, answers) {
            let timetable = try Timetable(Schedule(expression: CronExpression(expression)))
            var moment = try #require(Moments.milliseconds("2026-01-31T23:58:00Z"))
            var found: [String] = []
            for _ in expected {
                moment = try #require(timetable.next(after: moment))
                found.append(Timestamp(milliseconds: moment).description)
            }
            #expect(found == expected, "\(expression)")
        }
    }

    private static let script = """
        import datetime, random, zoneinfo
        random.seed(7)
        for name in sorted(zoneinfo.available_timezones()):
            if name.startswith(("posix", "right", "localtime")): continue
            zone = zoneinfo.ZoneInfo(name)
            for _ in range(25):
                time = random.randrange(-1000000000, 4000000000)
                there = datetime.datetime.fromtimestamp(time, datetime.timezone.utc).astimezone(zone)
                first = there.replace(fold=0)
                print(name, time, int(there.utcoffset().total_seconds()), int(first.timestamp()))
        """

    @Test(.enabled(if: access("/usr/bin/python3", X_OK) == 0))
    func `clocks show what Python says they show`() async throws {
        let output = try await aside { try ProcessRun.output("/usr/bin/python3", ["-c", Self.script]) }
        let lines = output.split(separator: "\n")
        #expect(lines.count > 5000)
        var rules: [Substring: ZoneRules] = [:]
        for line in lines {
            let parts = line.split(separator: " ")
            let numbers = parts.dropFirst().compactMap { Int($0) }
            guard numbers.count == 3 else { continue }
            let zone = try rules[parts[0]] ?? ZoneRules(named: String(parts[0]))
            rules[parts[0]] = zone
            #expect(zone.offset(at: numbers[0]) == numbers[1], "\(line)")
            #expect(zone.moment(ofLocal: numbers[0] + numbers[1]) == numbers[2], "\(line)")
        }
    }
}
