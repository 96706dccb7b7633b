import Logging
import Model

/// One JSON object a line: `time`, `level`, `logger`, `message` and, under `fields`, the metadata.
struct JSONLogWriter: LogWriter {
    var output: @Sendable (String) -> Void = StandardError.write

    func write(_ entry: LogEntry) { output(Self.line(entry) + "\n") }

    static func line(_ entry: LogEntry) -> String {
        var record: [String: JSONValue] = [
            "time": .string(entry.time.description), "level": .string(entry.level.rawValue), "logger": .string(entry.label),
            "message": .string(entry.message),
        ]
        if !entry.fields.isEmpty {
            record["fields"] = .object(Dictionary(entry.fields.map { ($0.name, $0.value) }) { $1 })
        }
        return PlainText.escapingJSON(JSONValue.object(record).compactText)
    }
}
