import Glibc
import Model

extension Timestamp {
    /// Reads a moment as RFC 3339 writes it, or a date, which is its midnight in UTC. `invalidInput` names the place.
    init(_ text: String, at place: String) throws(Problem) {
        guard let milliseconds = Self.milliseconds(text) else {
            throw Problem(
                .invalidInput, "\(place): not a moment: \(text.prefix(40).debugDescription)",
                hint: "2026-11-23, or 2026-11-23T22:24:00Z")
        }
        self.init(milliseconds: milliseconds)
    }

    private static func milliseconds(_ text: String) -> Int64? {
        let whole = text.utf8.count == 10 ? text + "T00:00:00Z" : text
        let bytes = Array(whole.utf8)
        guard TextFormat.dateTime.admits(whole) else { return nil }
        func number(_ range: Range<Int>) -> Int32 { Int32(String(decoding: bytes[range], as: UTF8.self)) ?? 0 }
        var parts = tm()
        parts.tm_year = number(0..<4) - 1900
        parts.tm_mon = number(5..<7) - 1
        parts.tm_mday = number(8..<10)
        parts.tm_hour = number(11..<13)
        parts.tm_min = number(14..<16)
        parts.tm_sec = number(17..<19)
        var rest = bytes[19...]
        var fraction: Int64 = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            for place in 0..<3 { fraction = fraction * 10 + (place < digits.count ? Int64(digits[digits.startIndex + place] - 0x30) : 0) }
            rest = rest.dropFirst(1 + digits.count)
        }
        var seconds = Int64(timegm(&parts))
        if rest.count == 6 {
            let start = rest.startIndex
            let ahead = Int64(number((start + 1)..<(start + 3))) * 3600 + Int64(number((start + 4)..<(start + 6))) * 60
            seconds -= rest.first == UInt8(ascii: "-") ? -ahead : ahead
        }
        return seconds * 1000 + fraction
    }
}
