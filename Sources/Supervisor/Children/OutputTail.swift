import Model

/// The last bytes that a child wrote to its standard error, and how much more it wrote than may be logged.
///
/// Memory stays below twice the limit, however much is written.
package struct OutputTail: Sendable {
    package static let limit = 64 << 10

    private var bytes: [UInt8] = []
    package private(set) var total: Int64 = 0

    package init() {}

    package mutating func append(_ data: some Collection<UInt8>) {
        total += Int64(data.count)
        bytes.append(contentsOf: data.suffix(Self.limit))
        if bytes.count >= 2 * Self.limit { bytes.removeFirst(bytes.count - Self.limit) }
    }

    package var isEmpty: Bool { bytes.isEmpty }

    /// The last lines as text.
    package func lines(_ count: Int) -> [String] {
        bytes.suffix(Self.limit).split(separator: 0x0A).suffix(count).map { Self.printable($0) }
    }

    /// Text that can stand on one line of a terminal: what is not UTF-8 and control characters show as U+FFFD.
    package static func printable(_ bytes: some Collection<UInt8>) -> String {
        var text = String.UnicodeScalarView()
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            text.append(scalar.isControl && scalar != "\t" ? "\u{FFFD}" : scalar)
        }
        return String(text)
    }
}
