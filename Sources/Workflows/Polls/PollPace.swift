import Model

/// When a trigger asks.
package enum PollPace: Sendable, Hashable {
    /// So long after the poll before.
    case every(Duration)
    /// At the times of an expression in a zone of the IANA time zone database.
    case times(CronExpression, zone: String)

    package static let shortest = Duration.seconds(10)
    package static let longest = Duration.seconds(86_400)
    /// Milliseconds: no failure keeps a trigger from asking for longer, but where it asks less often anyway.
    static let longestPause: Int64 = 3_600_000
    /// Milliseconds after which one that asks at times asks again when that went wrong, once: its next time may be a month away.
    static let firstPause: Int64 = 60_000

    /// When one asks that has asked at this moment, in milliseconds since 1970. Throws `invalidInput` where this machine does not
    /// know the zone.
    func next(after moment: Int64) throws(Problem) -> Int64 {
        switch self {
        case .every(let span): moment + span.milliseconds
        case .times(let expression, let zone): try Timetable(Schedule(expression: expression, zone: zone)).next(after: moment) ?? .max
        }
    }

    /// Milliseconds until it asks again after so many failures, one after the other. One that asks at times is not bound to them
    /// then.
    func pause(after failures: Int) -> Int64 {
        let base =
            switch self {
            case .every(let span): span.milliseconds
            case .times: Self.firstPause
            }
        return min(max(base, Self.longestPause), base << Int64(min(failures, 12)))
    }
}

extension PollPace {
    /// Nil where neither is there that it can be read from, or both are. What is wrong is in the reader.
    init?(reading reader: inout DefinitionReader) {
        let faults = reader.findings.count
        let every = reader.duration("every", shortest: Self.shortest, longest: Self.longest)
        let text = reader.line("cron", limit: CronExpression.limit)
        let zone = reader.line("timezone", limit: 64)
        guard reader.findings.count == faults else { return nil }
        switch (every, text) {
        case (let every?, nil):
            if zone != nil { reader.report("what comes again after a time needs no zone", at: "timezone", hint: "take it out, or every, and say cron") }
            self = .every(every)
        case (nil, let text?):
            do throws(Problem) {
                self = .times(try CronExpression(text), zone: zone ?? "UTC")
            } catch {
                reader.report(error.message, at: "cron", hint: error.hint)
                return nil
            }
        case (nil, nil):
            reader.report("missing: how often it asks, or at which times", at: "every", hint: #"every: 5m, or cron: "*/15 8-18 * * mon-fri""#)
            return nil
        case (.some, .some):
            reader.report("a poll has either every or cron", at: "cron", hint: "every is from one poll to the next, cron names times: take one out")
            return nil
        }
    }
}
