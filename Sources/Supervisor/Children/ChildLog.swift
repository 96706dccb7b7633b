import Model

/// The recent past of one plugin for one tenant: what its instances wrote and what became of them.
///
/// Bounded by entries and by bytes; the oldest go first.
package struct ChildLog: Sendable {
    package struct Entry: Sendable, Equatable {
        package enum Source: String, Sendable {
            case errors = "stderr"
            case log
            case supervisor
        }
        /// Rises by one for each entry of this log, so that a reader knows what it has seen.
        package let number: Int64
        /// Seconds since 1970.
        package let time: Double
        package let instance: Int
        package let source: Source
        package let level: String
        package let text: String
    }

    package static let entryLimit = 500
    package static let byteLimit = 128 << 10
    package static let textLimit = 4096

    private var entries: [Entry] = []
    private var bytes = 0
    private var next: Int64 = 1

    package init() {}

    /// Adds an entry and returns it; a longer text is cut.
    @discardableResult
    package mutating func append(
        _ text: String, level: String = "info", source: Entry.Source, instance: Int, at time: Double
    ) -> Entry {
        let text = text.utf8.count <= Self.textLimit ? text : String(text.prefix(Self.textLimit / 4)) + " …"
        let entry = Entry(number: next, time: time, instance: instance, source: source, level: level, text: text)
        entries.append(entry)
        next += 1
        bytes += text.utf8.count
        var surplus = 0
        while entries.count - surplus > Self.entryLimit || bytes > Self.byteLimit, surplus < entries.count - 1 {
            bytes -= entries[surplus].text.utf8.count
            surplus += 1
        }
        // Removing in runs keeps the cost of an entry constant on average.
        if surplus > 0 { entries.removeFirst(surplus) }
        return entry
    }

    package func entries(after number: Int64, last count: Int = entryLimit) -> [Entry] {
        Array(entries.drop { $0.number <= number }.suffix(count))
    }
}
