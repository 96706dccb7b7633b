import Glibc
package import Model

/// A month of the calendar in UTC. Seconds are since 1970.
package struct BillingMonth: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let year: Int
    /// 1 to 12.
    package let month: Int
    /// Its first second, and the first of the next.
    package let start: Int64
    package let end: Int64

    package var length: Int64 { end - start }

    private init(year: Int, month: Int) {
        (self.year, self.month) = (year, month)
        start = Self.second(year, month)
        end = month == 12 ? Self.second(year + 1, 1) : Self.second(year, month + 1)
    }

    /// The month in which a second lies.
    package init(containing second: Int64) {
        var time = time_t(second)
        var parts = tm()
        gmtime_r(&time, &parts)
        self.init(year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1)
    }

    /// Reads `2026-11`; `invalidInput` for what is no month since 1970.
    package init(_ text: String) throws(Problem) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 4, parts[1].utf8.count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) }),
            let year = Int(parts[0]), year >= 1970, let month = Int(parts[1]), (1...12).contains(month)
        else {
            throw Problem(.invalidInput, "/month: not a month: \(text.prefix(20).debugDescription)", hint: "as 2026-11")
        }
        self.init(year: year, month: month)
    }

    package var previous: BillingMonth { BillingMonth(containing: start - 1) }

    package var description: String {
        let digits = (String(year), String(month))
        return String(repeating: "0", count: 4 - digits.0.count) + digits.0 + (month < 10 ? "-0" : "-") + digits.1
    }

    package static func < (left: Self, right: Self) -> Bool { left.start < right.start }

    private static func second(_ year: Int, _ month: Int) -> Int64 {
        var parts = tm()
        parts.tm_year = Int32(year - 1900)
        parts.tm_mon = Int32(month - 1)
        parts.tm_mday = 1
        return Int64(timegm(&parts))
    }
}
