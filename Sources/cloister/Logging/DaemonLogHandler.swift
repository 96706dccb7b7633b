import Logging
import Synchronization

/// Where log records go. Called from any thread; a record is written as a whole or not at all.
protocol LogWriter: Sendable {
    func write(_ entry: LogEntry)
}

/// The level below which records are dropped, for all loggers of the daemon at once: a reload may change it.
final class LogThreshold: Sendable {
    private let value: Mutex<Logger.Level>

    init(_ level: Logger.Level) { value = Mutex(level) }

    var level: Logger.Level {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}

/// Gathers what belongs to a record and passes it to a writer.
struct DaemonLogHandler: LogHandler {
    let label: String
    let writer: any LogWriter
    let threshold: LogThreshold
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private var ownLevel: Logger.Level?

    init(label: String, writer: any LogWriter, threshold: LogThreshold, metadataProvider: Logger.MetadataProvider? = nil) {
        self.label = label
        self.writer = writer
        self.threshold = threshold
        self.metadataProvider = metadataProvider
    }

    /// The daemon's threshold, until this logger is given one of its own.
    var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let surrounding = metadataProvider?.get() ?? [:]
        writer.write(LogEntry(event, label: label, metadata: metadata.merging(surrounding) { $1 }))
    }
}
