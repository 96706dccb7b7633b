import FoundationEssentials

package enum Moments {
    /// The moment that a text names as RFC 3339 writes it, in milliseconds since 1970; nil for anything else.
    package static func milliseconds(_ text: String) -> Int64? {
        guard text.utf8.count <= 40 else { return nil }
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
        guard let date = try? style.parse(text) else { return nil }
        return Int64((date.timeIntervalSince1970 * 1000).rounded())
    }
}
