import Logging
import Model

/// `2026-11-23T22:24:00.123Z warning cloister.control: message name=value other="with spaces"`, one line a record.
///
/// Control characters are escaped, so neither a message nor a value can forge a second line or move a terminal's cursor.
struct TextLogWriter: LogWriter {
    var output: @Sendable (String) -> Void = StandardError.write

    func write(_ entry: LogEntry) { output(Self.line(entry) + "\n") }

    static func line(_ entry: LogEntry) -> String {
        var line = "\(entry.time) \(entry.level.rawValue) \(entry.label): \(PlainText.escaping(entry.message))"
        for (name, value) in entry.fields {
            line += " \(PlainText.escaping(name))=\(text(of: value))"
        }
        return line
    }

    /// Bare where it cannot be mistaken for anything else, otherwise as JSON.
    private static func text(of value: JSONValue) -> String {
        if let text = value.string, !text.isEmpty, text.utf8.allSatisfy(isBare) { return text }
        return PlainText.escaping(value.compactText)
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "=")
    }
}
