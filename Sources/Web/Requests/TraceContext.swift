import Glibc

/// The place of a request in a trace: W3C Trace Context, level 1.
struct TraceContext: Sendable, Hashable {
    /// 32 hexadecimal digits, not all zero.
    let trace: String
    /// 16 hexadecimal digits: this request.
    let span: String
    let isSampled: Bool

    /// Goes on with the trace of the header, or starts one where there is none or it cannot be read.
    init(continuing header: String?) {
        span = Self.random(16)
        if let (trace, isSampled) = header.flatMap(Self.read) {
            self.trace = trace
            self.isSampled = isSampled
        } else {
            trace = Self.random(32)
            isSampled = false
        }
    }

    var header: String { "00-\(trace)-\(span)-\(isSampled ? "01" : "00")" }

    private static func read(_ text: String) -> (trace: String, isSampled: Bool)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, isHexadecimal(parts[0], 2), parts[0] != "ff", isHexadecimal(parts[1], 32),
            isHexadecimal(parts[2], 16), isHexadecimal(parts[3], 2), parts[0] != "00" || parts.count == 4,
            parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
        else { return nil }
        return (String(parts[1]), (UInt8(parts[3], radix: 16) ?? 0) & 1 == 1)
    }

    private static func isHexadecimal(_ text: Substring, _ count: Int) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    /// Digits that nobody else drew.
    static func random(_ count: Int) -> String {
        var bytes = [UInt8](repeating: 0, count: (count + 1) / 2)
        // One call for all of them; a number of digits has at least one that is not 0.
        repeat { arc4random_buf(&bytes, bytes.count) } while bytes.allSatisfy { $0 == 0 }
        return String(unsafeUninitializedCapacity: count) { digits in
            for place in 0..<count {
                let half = place % 2 == 0 ? bytes[place / 2] >> 4 : bytes[place / 2] & 0xF
                digits[place] = half < 10 ? 0x30 + half : 0x57 + half
            }
            return count
        }
    }
}
