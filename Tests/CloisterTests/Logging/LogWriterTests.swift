import Logging
import Model
import Synchronization
import Testing

@testable import cloister

private func entry(
    _ message: String, level: Logger.Level = .info, _ metadata: Logger.Metadata = [:]
) -> LogEntry {
    let event = LogEvent(
        level: level, message: "\(message)", metadata: metadata, source: nil, file: "f", function: "g", line: 1)
    return LogEntry(event, label: "cloister.test", metadata: ["tenant": "acme"], time: Timestamp(milliseconds: 1_764_000_000_123))
}

struct LogWriterTests {
    @Test func `a text line has time, level, logger, message and sorted fields`() {
        let line = TextLogWriter.line(entry("started", level: .warning, ["plugin": "exif", "count": .stringConvertible(3)]))
        #expect(line == "2025-11-24T16:00:00.123Z warning cloister.test: started count=3 plugin=exif tenant=acme")
    }

    @Test func `values that could be mistaken are quoted`() {
        let line = TextLogWriter.line(entry("x", ["a": "two words", "b": "", "c": "k=v", "d": ["list", "of"], "e": "\""]))
        #expect(line.hasSuffix(#"x a="two words" b="" c="k=v" d=["list","of"] e="\"" tenant=acme"#))
    }

    @Test(arguments: ["one\ntwo", "\r2026-01-01 critical forged", "\u{1B}[2J", "\u{2028}next", "a\u{0}b\u{85}c"])
    func `no message and no value makes a second line or moves a cursor`(hostile: String) {
        for line in [TextLogWriter.line(entry(hostile, ["x": .string(hostile)])), JSONLogWriter.line(entry(hostile, ["x": .string(hostile)]))] {
            #expect(line.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count == 1)
            #expect(!line.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0.value == 0x2028 })
        }
    }

    @Test func `a JSON line says the same in members`() throws {
        let line = JSONLogWriter.line(entry("so\nso", level: .error, ["n": .stringConvertible(7), "map": ["k": "v"]]))
        #expect(
            try JSONValue.parse(line) == [
                "time": "2025-11-24T16:00:00.123Z", "level": "error", "logger": "cloister.test", "message": "so\nso",
                "fields": ["n": 7, "map": ["k": "v"], "tenant": "acme"],
            ])
    }

    @Test(arguments: [
        (.trace, 7), (.debug, 7), (.info, 6), (.notice, 5), (.warning, 4), (.error, 3), (.critical, 2),
    ] as [(Logger.Level, Int)])
    func `the journal gets fields of its own and the priority of syslog`(level: Logger.Level, priority: Int) {
        let fields = JournalLogWriter.fields(of: entry("a\nb", level: level, ["lastExit": "exited 3", "plugin": "exif"]))
        #expect(
            fields == [
                "MESSAGE=a\nb", "PRIORITY=\(priority)", "SYSLOG_IDENTIFIER=cloister", "CLOISTER_LOGGER=cloister.test",
                "CLOISTER_LAST_EXIT=exited 3", "CLOISTER_PLUGIN=exif", "CLOISTER_TENANT=acme",
            ])
    }

    @Test(arguments: [
        ("tenant", "CLOISTER_TENANT"), ("instance", "CLOISTER_INSTANCE"), ("processID", "CLOISTER_PROCESS_ID"),
        ("a=b\n", "CLOISTER_A_B_"), ("größe", "CLOISTER_GR__E"), ("", nil),
        (String(repeating: "x", count: 99), "CLOISTER_" + String(repeating: "X", count: 55)),
    ] as [(String, String?)])
    func `names of fields are those that the journal accepts`(key: String, name: String?) {
        #expect(JournalLogWriter.name(for: key) == name)
    }

    @Test func `one threshold rules all loggers until a logger gets its own`() {
        final class Lines: LogWriter {
            let written = Mutex<[String]>([])
            func write(_ entry: LogEntry) { written.withLock { $0.append(entry.message) } }
        }
        let lines = Lines()
        let threshold = LogThreshold(.info)
        var logger = Logger(label: "a") { DaemonLogHandler(label: $0, writer: lines, threshold: threshold) }
        logger.debug("no")
        logger.info("one")
        threshold.level = .debug
        logger.debug("two")
        logger.logLevel = .error
        logger.info("no")
        #expect(lines.written.withLock { $0 } == ["one", "two"])
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_827_696_789, "2000-02-29T12:34:56.789Z"), (-1, "1969-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
    func `moments are RFC 3339 in UTC`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }
}
