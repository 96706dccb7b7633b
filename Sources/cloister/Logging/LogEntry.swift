import Logging
import Model

/// One log record, with the metadata of its logger, of the task and of the call already in one place.
struct LogEntry {
    let time: Timestamp
    let level: Logger.Level
    /// The name of the logger, for example `cloister.control`.
    let label: String
    let message: String
    /// Sorted by name, so that equal records have equal lines.
    let fields: [(name: String, value: JSONValue)]

    init(_ event: LogEvent, label: String, metadata: Logger.Metadata, time: Timestamp = .now) {
        self.time = time
        level = event.level
        self.label = label
        message = event.message.description
        var all = metadata.merging(event.metadata ?? [:]) { $1 }
        if let error = event.error { all["error"] = "\(error)" }
        fields = all.sorted { $0.key < $1.key }.map { ($0.key, JSONValue($0.value)) }
    }
}

extension JSONValue {
    init(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .stringConvertible(let number as Int): self = .integer(Int64(number))
        case .stringConvertible(let flag as Bool): self = .bool(flag)
        case .stringConvertible(let value): self = .string(value.description)
        case .array(let values): self = .array(values.map { JSONValue($0) })
        case .dictionary(let members): self = .object(members.mapValues { JSONValue($0) })
        @unknown default: self = .string("\(value)")
        }
    }
}
