/// A number of bytes, written by people as `512MiB`, `1GiB`, `64KiB` or plain digits. Never negative.
package struct ByteSize: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let bytes: Int64

    package init(bytes: Int64) { self.bytes = max(0, bytes) }

    package static func kibibytes(_ count: Int64) -> ByteSize { ByteSize(bytes: count << 10) }
    package static func mebibytes(_ count: Int64) -> ByteSize { ByteSize(bytes: count << 20) }
    package static func gibibytes(_ count: Int64) -> ByteSize { ByteSize(bytes: count << 30) }

    /// Reads a whole number with one of the units B, KiB, MiB, GiB, TiB; nil for anything else or for what does not fit.
    package init?(parsing text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int64(digits) else { return nil }
        let shift: Int64
        switch text.dropFirst(digits.count) {
        case "", "B": shift = 0
        case "KiB", "K": shift = 10
        case "MiB", "M": shift = 20
        case "GiB", "G": shift = 30
        case "TiB", "T": shift = 40
        default: return nil
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: 1 << shift)
        guard !overflow else { return nil }
        self.bytes = bytes
    }

    package var description: String {
        let units: [(Int64, String)] = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        for (unit, name) in units where bytes >= unit && bytes % unit == 0 { return "\(bytes / unit)\(name)" }
        for (unit, name) in units where bytes >= unit {
            return "\(bytes / unit).\(bytes % unit * 10 / unit)\(name)"
        }
        return "\(bytes)B"
    }

    package static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }
}
