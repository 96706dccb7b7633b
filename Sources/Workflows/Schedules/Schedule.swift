package import Model

/// When a trigger begins runs, and what becomes of times at which it could not.
package struct Schedule: Sendable, Hashable {
    /// What happens to times that passed while nothing could begin.
    package enum Missed: String, Sendable, CaseIterable {
        /// One run for all of them, for the last one.
        case once
        case skip
    }

    /// What happens at a time at which a run that the trigger began is still under way.
    package enum Overlap: String, Sendable, CaseIterable {
        case allow, skip
    }

    package var expression: CronExpression
    /// A name of the IANA time zone database.
    package var zone = "UTC"
    package var missed = Missed.once
    package var overlap = Overlap.allow
    /// So much later than its time a run is still in time.
    static let grace: Int64 = 60_000
}

/// A schedule with the rules of its place. Times are in milliseconds since 1970.
package struct Timetable: Sendable {
    private let expression: CronExpression
    private let rules: ZoneRules

    /// Throws `invalidInput` where this machine does not know the zone.
    package init(_ schedule: Schedule) throws(Problem) {
        expression = schedule.expression
        rules = try ZoneRules(named: schedule.zone)
    }

    init(_ expression: CronExpression, _ rules: ZoneRules) {
        (self.expression, self.rules) = (expression, rules)
    }

    /// The first time after a moment.
    ///
    /// An expression for every hour follows the clock: it begins at each moment at which the clock shows such a minute. Any other
    /// names times of the day: one that clocks skip is the moment at which they skip it, and one that they show twice is the
    /// first of the two.
    package func next(after moment: Int64) -> Int64? {
        let time = Int(moment.quotientFloored)
        return (expression.isHourly ? following(time) : daily(time)).map { Int64($0) * 1000 }
    }

    /// The last time from `known` up to `moment`; nil where there is none, as when the rules of the zone have changed since.
    func last(upTo moment: Int64, from known: Int64) -> Int64? {
        // next(after:) never falls, so that where it passes the moment can be found by halving.
        var (low, high) = (known - 1, moment)
        while high - low > 1000 {
            let middle = low + (high - low) / 2
            if let next = next(after: middle), next <= moment { low = middle } else { high = middle }
        }
        return next(after: low).flatMap { $0 <= moment ? $0 : nil }
    }

    private func daily(_ time: Int) -> Int? {
        var minute = (time + rules.offset(at: time)).floored(by: 60)
        let end = minute + CronExpression.horizon
        while let found = expression.first(from: minute, before: end) {
            let moment = rules.moment(ofLocal: found * 60)
            if moment > time { return moment }
            minute = found + 1
        }
        return nil
    }

    private func following(_ time: Int) -> Int? {
        var start = time + 1
        let end = start.floored(by: 60) + CronExpression.horizon
        while true {
            let offset = rules.offset(at: start)
            let change = rules.next(after: start)
            // The first minute that begins then or later, and the first that begins after the clock is changed.
            let from = (start + offset + 59).floored(by: 60)
            let limit = change.map { ($0.at + offset + 59).floored(by: 60) } ?? end
            if let found = expression.first(from: from, before: min(limit, end)) { return found * 60 - offset }
            guard let change, limit < end else { return nil }
            start = change.at
        }
    }
}

extension Int64 {
    /// Whole seconds of milliseconds, rounded down.
    fileprivate var quotientFloored: Int64 { self >= 0 ? self / 1000 : (self - 999) / 1000 }
}
