/// The rule for all years to come, as POSIX writes it in TZ (RFC 9636, section 3.3.1): `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneTail: Sendable, Hashable {
    /// A day of each year, and a time of it in seconds, which may lie in another day.
    struct Change: Sendable, Hashable {
        enum Day: Sendable, Hashable {
            /// The day of the year from 1; 29 February is never counted.
            case withoutLeapDay(Int)
            /// The day of the year from 0.
            case ofYear(Int)
            /// A weekday (0 is Sunday) of a week of a month; the fifth is the last.
            case weekday(Int, week: Int, month: Int)
        }

        let day: Day
        let time: Int
    }

    struct Summer: Sendable, Hashable {
        let offset: Int
        let begin: Change
        let end: Change
    }

    let standard: Int
    let summer: Summer?

    func offset(at time: Int) -> Int {
        guard summer != nil else { return standard }
        return transitions(around: time).last { $0.at <= time }?.offset ?? standard
    }

    func next(after time: Int) -> ZoneRules.Transition? { transitions(around: time).first { $0.at > time } }

    /// Of the years around a time, in their order.
    private func transitions(around time: Int) -> [ZoneRules.Transition] {
        guard let summer else { return [] }
        let year = CivilDay(time.floored(by: 86_400)).year
        return (year - 1...year + 1).flatMap { year in
            [
                ZoneRules.Transition(at: summer.begin.moment(in: year) - standard, offset: summer.offset),
                ZoneRules.Transition(at: summer.end.moment(in: year) - summer.offset, offset: standard),
            ]
        }.sorted { $0.at < $1.at }
    }
}

extension ZoneTail.Change {
    /// On the clock as it is before the change.
    fileprivate func moment(in year: Int) -> Int { number(in: year) * 86_400 + time }

    private func number(in year: Int) -> Int {
        let first = CivilDay(year: year, month: 1, day: 1).number
        switch day {
        case .withoutLeapDay(let day): return first + day - 1 + (day >= 60 && CivilDay.isLeap(year) ? 1 : 0)
        case .ofYear(let day): return first + day
        case .weekday(let weekday, let week, let month):
            let begin = CivilDay(year: year, month: month, day: 1)
            let ahead = (weekday - CivilDay.weekday(of: begin.number) + 7) % 7
            let day = begin.number + ahead + (week - 1) * 7
            return day < begin.firstOfNextMonth.number ? day : day - 7
        }
    }
}

extension ZoneTail {
    /// Nil for what is no such rule. No rule at all is nil, too.
    init?(_ text: Substring) {
        var rest = text
        guard Self.name(&rest), let west = Self.time(&rest) else { return nil }
        standard = -west
        guard !rest.isEmpty else {
            summer = nil
            return
        }
        guard Self.name(&rest) else { return nil }
        var offset = standard + 3600
        if rest.first != "," {
            guard let west = Self.time(&rest) else { return nil }
            offset = -west
        }
        guard let begin = Self.change(&rest), let end = Self.change(&rest), rest.isEmpty else { return nil }
        summer = Summer(offset: offset, begin: begin, end: end)
    }

    private static func name(_ rest: inout Substring) -> Bool {
        if rest.first == "<" {
            guard let end = rest.firstIndex(of: ">") else { return false }
            rest = rest[rest.index(after: end)...]
            return true
        }
        let letters = rest.prefix { $0.isASCII && $0.isLetter }
        rest = rest.dropFirst(letters.count)
        return letters.count >= 3
    }

    private static func time(_ rest: inout Substring) -> Int? {
        var sign = 1
        if let first = rest.first, first == "-" || first == "+" {
            sign = first == "-" ? -1 : 1
            rest = rest.dropFirst()
        }
        guard var total = number(&rest, 167).map({ $0 * 3600 }) else { return nil }
        for unit in [60, 1] where rest.first == ":" {
            rest = rest.dropFirst()
            guard let value = number(&rest, 59) else { return nil }
            total += value * unit
        }
        return sign * total
    }

    private static func change(_ rest: inout Substring) -> Change? {
        guard rest.first == "," else { return nil }
        rest = rest.dropFirst()
        let day: Change.Day
        switch rest.first {
        case "M":
            rest = rest.dropFirst()
            guard let month = number(&rest, 12), month > 0, dot(&rest), let week = number(&rest, 5), week > 0, dot(&rest),
                let weekday = number(&rest, 6)
            else { return nil }
            day = .weekday(weekday, week: week, month: month)
        case "J":
            rest = rest.dropFirst()
            guard let number = number(&rest, 365), number > 0 else { return nil }
            day = .withoutLeapDay(number)
        default:
            guard let number = number(&rest, 365) else { return nil }
            day = .ofYear(number)
        }
        guard rest.first == "/" else { return Change(day: day, time: 2 * 3600) }
        rest = rest.dropFirst()
        return time(&rest).map { Change(day: day, time: $0) }
    }

    private static func dot(_ rest: inout Substring) -> Bool {
        guard rest.first == "." else { return false }
        rest = rest.dropFirst()
        return true
    }

    private static func number(_ rest: inout Substring, _ limit: Int) -> Int? {
        let digits = rest.prefix(4).prefix { $0.isASCII && $0.isNumber }
        guard let value = Int(digits), value <= limit else { return nil }
        rest = rest.dropFirst(digits.count)
        return value
    }
}
