extension Duration {
    /// Reads what people write: `250ms`, `2s`, `1.5s`, `5m`, `2h`; nil for anything else, a negative or one beyond 10 years.
    package init?(parsing text: String) {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let value = Double(number), value >= 0 else { return nil }
        let seconds: Double
        switch text.dropFirst(number.count) {
        case "ms": seconds = value / 1000
        case "s": seconds = value
        case "m": seconds = value * 60
        case "h": seconds = value * 3600
        default: return nil
        }
        guard seconds <= 10 * 366 * 86_400 else { return nil }
        self = .milliseconds(Int64((seconds * 1000).rounded()))
    }

    /// Whole milliseconds, rounded down.
    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// Whole nanoseconds, rounded down.
    package var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }

    /// The shortest exact form that `init(parsing:)` reads back.
    package var text: String {
        let total = milliseconds
        if total % 3_600_000 == 0, total != 0 { return "\(total / 3_600_000)h" }
        if total % 60_000 == 0, total != 0 { return "\(total / 60_000)m" }
        if total % 1000 == 0 { return "\(total / 1000)s" }
        return "\(total)ms"
    }
}
