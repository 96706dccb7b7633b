import Logging
import Model

/// How the daemon logs: the key `log` of the configuration file.
struct LogConfiguration: Hashable, Sendable {
    enum Format: String, Sendable, CaseIterable {
        case text, json, journal
    }

    var level: Logger.Level = .info
    var format: Format = .text

    init(level: Logger.Level = .info, format: Format = .text) {
        self.level = level
        self.format = format
    }

    init(_ node: YAMLNode) throws(Problem) {
        var mapping = try node.mapping
        if let level = mapping.take("level") { self.level = try level.choice() }
        if let format = mapping.take("format") { self.format = try format.choice() }
        try mapping.finish()
    }

    var writer: any LogWriter {
        switch format {
        case .text: TextLogWriter()
        case .json: JSONLogWriter()
        case .journal: JournalLogWriter()
        }
    }

    /// Makes every logger of the process write this way. Once in a process's life; the returned threshold changes the
    /// level afterwards.
    func bootstrap() -> LogThreshold {
        let threshold = LogThreshold(level)
        let writer = writer
        LoggingSystem.bootstrap(
            { DaemonLogHandler(label: $0, writer: writer, threshold: threshold, metadataProvider: $1) },
            metadataProvider: nil)
        return threshold
    }
}
