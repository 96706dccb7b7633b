/// Quantities as people read them.
enum HumanText {
    /// At most one digit behind the point: `512MiB`, `1.5GiB`, or `-` where nothing is known.
    static func size(_ bytes: Int64?) -> String {
        guard let bytes else { return "-" }
        let units: [(shift: Int64, name: String)] = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")]
        guard let unit = units.first(where: { bytes >> $0.shift > 0 }) else { return "\(bytes)B" }
        let tenths = ((bytes & ((1 << unit.shift) - 1)) * 10) >> unit.shift
        return "\(bytes >> unit.shift)\(tenths > 0 ? ".\(tenths)" : "")\(unit.name)"
    }

    /// Two units at most: `42s`, `5m 2s`, `2h 5m`, `3d 4h`.
    static func duration(seconds: Int64) -> String {
        let units: [(length: Int64, name: String)] = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")]
        guard let first = units.firstIndex(where: { seconds >= $0.length }) else { return "0s" }
        var text = "\(seconds / units[first].length)\(units[first].name)"
        if first + 1 < units.count {
            let rest = seconds % units[first].length / units[first + 1].length
            if rest > 0 { text += " \(rest)\(units[first + 1].name)" }
        }
        return text
    }

    /// Processor time: `850us`, `45ms`, `1.2s`, then as a duration.
    static func processorTime(microseconds: Int64?) -> String {
        switch microseconds {
        case nil: "-"
        case .some(..<1000): "\(microseconds ?? 0)us"
        case .some(..<1_000_000): "\((microseconds ?? 0) / 1000)ms"
        case .some(..<60_000_000): "\((microseconds ?? 0) / 1_000_000).\((microseconds ?? 0) % 1_000_000 / 100_000)s"
        case .some(let value): duration(seconds: value / 1_000_000)
        }
    }

    /// `2`, `0.5`: without digits that say nothing.
    static func cores(_ count: Double) -> String {
        count == count.rounded() && abs(count) < 1e6 ? String(Int(count)) : String(count)
    }

    static func count(_ number: Int?) -> String { number.map(String.init) ?? "-" }

    /// `1 tool`, `3 tools`.
    static func number(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
