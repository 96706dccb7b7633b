import Model

/// The five fields of crontab(5): minute, hour, day of the month, month, day of the week. It says which times of a clock on
/// the wall are meant; where that clock hangs is not its affair.
package struct CronExpression: Sendable, Hashable {
    /// As it was written.
    package let text: String
    // A bit for each value.
    let minutes: UInt64
    let hours: UInt64
    let days: UInt64
    let months: UInt64
    let weekdays: UInt64
    /// crontab(5): where both days are restricted, that is neither begins with `*`, one of them is enough.
    let isEitherDay: Bool

    /// Further ahead nobody looks: 29 February may be 8 years away, and on a given weekday 40.
    static let horizon = 50 * 366 * 1440

    /// Whether it is meant for every hour: then it follows the clock through a change of it. Otherwise it names times of the
    /// day, each of which happens once a day.
    var isHourly: Bool { hours == (1 << 24) - 1 }

    /// The first minute from `start` on, before `end`; both count minutes since 1970-01-01T00:00 on the clock on the wall.
    func first(from start: Int, before end: Int) -> Int? {
        var day = start.floored(by: 1440)
        var minute = start - day * 1440
        while day * 1440 < end {
            let civil = CivilDay(day)
            guard months.has(civil.month) else {
                (day, minute) = (civil.firstOfNextMonth.number, 0)
                continue
            }
            if isMeant(civil, day), let found = firstMinute(from: minute) {
                let result = day * 1440 + found
                return result < end ? result : nil
            }
            (day, minute) = (day + 1, 0)
        }
        return nil
    }

    private func isMeant(_ civil: CivilDay, _ number: Int) -> Bool {
        let isDay = days.has(civil.day)
        let isWeekday = weekdays.has(CivilDay.weekday(of: number))
        return isEitherDay ? isDay || isWeekday : isDay && isWeekday
    }

    private func firstMinute(from start: Int) -> Int? {
        for hour in start / 60..<24 where hours.has(hour) {
            let rest = minutes >> UInt64(hour == start / 60 ? start % 60 : 0)
            if rest != 0 { return hour * 60 + (hour == start / 60 ? start % 60 : 0) + rest.trailingZeroBitCount }
        }
        return nil
    }
}

extension UInt64 {
    fileprivate func has(_ value: Int) -> Bool { self >> UInt64(value) & 1 == 1 }
}
