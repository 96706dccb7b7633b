package import Model

extension CronExpression {
    private struct Field {
        let name: String
        let range: ClosedRange<Int>
        var words: [String] = []
        /// The value of the first word.
        var base = 0
    }

    private static let fields = [
        Field(name: "minute", range: 0...59), Field(name: "hour", range: 0...23), Field(name: "day of the month", range: 1...31),
        Field(
            name: "month", range: 1...12,
            words: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], base: 1),
        // 7 is Sunday, too.
        Field(name: "day of the week", range: 0...7, words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ]

    private static let nicknames = [
        "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]

    static let limit = 200

    /// Reads five fields with names, ranges, steps and lists, or a word such as `@daily`. Throws `invalidInput` where it is
    /// none, and where it names a day that never comes.
    package init(_ text: String) throws(Problem) {
        guard text.utf8.count <= Self.limit else { throw Problem(.invalidInput, "longer than \(Self.limit) bytes") }
        let written = text.lowercased()
        if written.hasPrefix("@"), Self.nicknames[written] == nil {
            throw Problem(
                .invalidInput, "no such word: \(text.prefix(20).debugDescription)",
                hint: Self.nicknames.keys.sorted().joined(separator: ", "))
        }
        let parts = (Self.nicknames[written] ?? written).split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        guard parts.count == 5 else {
            throw Problem(
                .invalidInput, "expected five fields, found \(parts.count)",
                hint: "minute, hour, day of the month, month, day of the week: 30 9 * * mon-fri")
        }
        var bits: [UInt64] = []
        for (part, field) in zip(parts, Self.fields) { bits.append(try Self.bits(of: part, field)) }
        self.text = text
        (minutes, hours, days, months) = (bits[0], bits[1], bits[2], bits[3])
        weekdays = bits[4] & 0x7F | bits[4] >> 7
        isEitherDay = !parts[2].hasPrefix("*") && !parts[4].hasPrefix("*")
        let start = CivilDay(year: 2000, month: 1, day: 1).number * 1440
        guard first(from: start, before: start + Self.horizon) != nil else {
            throw Problem(.invalidInput, "it never comes: no month that it names has such a day", hint: "name a day that its months have")
        }
    }

    private static func bits(of text: String, _ field: Field) throws(Problem) -> UInt64 {
        var bits: UInt64 = 0
        for element in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = element.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let isAll = halves[0] == "*"
            let last = field.name == "day of the week" ? 6 : field.range.upperBound
            let low = isAll ? field.range.lowerBound : try value(ends[0], field)
            let high = isAll ? last : ends.count > 1 ? try value(ends[1], field) : low
            guard low <= high else {
                throw Problem(
                    .invalidInput, "\(field.name): \(element.prefix(20)) ends before it begins",
                    hint: "write two ranges: \(low)-\(last),\(field.range.lowerBound)-\(high)")
            }
            guard halves.count > 1 else {
                for number in low...high { bits |= 1 << UInt64(number) }
                continue
            }
            guard isAll || ends.count > 1 else {
                throw Problem(
                    .invalidInput, "\(field.name): a step needs a range: \(element.prefix(20))",
                    hint: "\(low)-\(last)/\(halves[1].prefix(4)), or */5")
            }
            let step = halves[1].allSatisfy(\.isNumber) ? Int(halves[1]) ?? 0 : 0
            guard (1...field.range.upperBound).contains(step) else {
                throw Problem(
                    .invalidInput,
                    "\(field.name): the step \(halves[1].prefix(20).debugDescription) is none from 1 to \(field.range.upperBound)")
            }
            for number in stride(from: low, through: high, by: step) { bits |= 1 << UInt64(number) }
        }
        return bits
    }

    private static func value(_ text: String, _ field: Field) throws(Problem) -> Int {
        if let index = field.words.firstIndex(of: text) { return field.base + index }
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
            field.range.contains(number)
        else {
            throw Problem(
                .invalidInput,
                "\(field.name): \(text.prefix(20).debugDescription) is none from \(field.range.lowerBound) to \(field.range.upperBound)",
                hint: field.words.isEmpty ? nil : "or \(field.words.joined(separator: ", "))")
        }
        return number
    }
}
