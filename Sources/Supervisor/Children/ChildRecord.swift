import Model
import FoundationEssentials
import NIOCore

/// What is remembered of a child over all its lives.
struct ChildRecord {
    /// The last end of a child that was not asked for, or the last of all.
    struct End: Sendable {
        let reason: ExitReason
        /// Seconds since 1970.
        let time: Double
        /// The end of what it wrote to standard error.
        let errors: [String]

        /// The last lines that say something, in one; nil where there are none. Frames of a stack, as Node and Java put them
        /// behind the reason, say too little to take its place.
        var summary: String? {
            let telling = errors.filter { !$0.drop { $0 == " " || $0 == "\t" }.hasPrefix("at ") }
            let lines = (telling.isEmpty ? errors : telling).suffix(5)
            return lines.isEmpty ? nil : lines.joined(separator: " | ")
        }
    }

    private let journal: PoolJournal
    private(set) var lastEnd: End?
    private(set) var ends = 0
    private var tail = OutputTail()
    private var budget = LineBudget()
    private var partial: [UInt8] = []
    private static let lineLimit = 2048

    /// Log lines go to the journal that the children of a pool share.
    init(journal: PoolJournal) { self.journal = journal }

    mutating func log(_ text: String, level: String = "info", at key: ChildKey) {
        journal.append(text, level: level, source: .supervisor, instance: key.instance, at: Self.now)
    }

    /// Keeps what a child wrote to standard error; returns the lines that may go into the daemon's log.
    mutating func keep(errors buffer: ByteBuffer, at key: ChildKey) -> [String] {
        tail.append(buffer.readableBytesView)
        partial.append(contentsOf: buffer.readableBytesView.suffix(OutputTail.limit))
        var lines: [String] = []
        while let end = partial.firstIndex(of: 0x0A) ?? (partial.count > Self.lineLimit ? Self.lineLimit : nil) {
            let line = OutputTail.printable(partial[..<end])
            partial.removeFirst(min(end + 1, partial.count))
            guard budget.spend(at: .nanoseconds(Int64(NIODeadline.now().uptimeNanoseconds))) else { continue }
            let suppressed = budget.takeSuppressed()
            if suppressed > 0 { lines.append("… \(suppressed) lines left out") }
            lines.append(line)
        }
        for line in lines { journal.append(line, source: .errors, instance: key.instance, at: Self.now) }
        return lines
    }

    /// Keeps a record of the child's own log, unless it writes too many: then it is not even read.
    mutating func keepLog(at key: ChildKey, _ read: () -> (level: String, text: String)?) {
        guard budget.spend(at: .nanoseconds(Int64(NIODeadline.now().uptimeNanoseconds))) else { return }
        guard let (level, text) = read() else { return }
        let known = ["trace", "debug", "info", "notice", "warning", "error", "critical"]
        journal.append(
            OutputTail.printable(Array(text.utf8)), level: known.contains(level) ? level : "info", source: .log,
            instance: key.instance, at: Self.now)
    }

    /// Notes an end; returns the last lines of standard error, for whoever was waiting.
    mutating func finish(_ reason: ExitReason, at key: ChildKey) -> String? {
        ends += 1
        let end = End(reason: reason, time: Self.now, errors: tail.lines(20))
        lastEnd = end
        log("\(reason)", level: reason.kind == .stopped ? "info" : "warning", at: key)
        tail = OutputTail()
        partial = []
        return end.summary
    }

    private static var now: Double { Date().timeIntervalSince1970 }
}
