import Glibc

/// A moment, for people and programs: `2026-11-23T22:24:00.123Z`.
package struct Timestamp: Hashable, Sendable, CustomStringConvertible {
    /// Since 1970, in UTC.
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package init(secondsSince1970 seconds: Double) {
        self.init(milliseconds: Int64(exactly: (seconds * 1000).rounded()) ?? 0)
    }

    package static func text(secondsSince1970 seconds: Double) -> String { Timestamp(secondsSince1970: seconds).description }

    /// RFC 3339 in UTC with milliseconds.
    package var description: String {
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        var time = time_t(rest < 0 ? seconds - 1 : seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        let date = "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
        let clock = "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
        return "\(date)T\(clock).\(padded(Int32(rest < 0 ? rest + 1000 : rest), 3))Z"
    }

    private func padded(_ number: Int32, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
