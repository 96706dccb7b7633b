import HTTPTypes
import Model

/// How far somebody has read a plugin's log: what the `id` of a server-sent event says, and `Last-Event-ID` says back.
///
/// Lines are counted anew when a daemon starts, so the time of the line belongs to it: nobody who comes back to another daemon
/// misses a line because it has a number that was told before.
struct LogPosition: Sendable, Hashable {
    let number: Int64
    /// As RFC 3339 in UTC with milliseconds, of which the later one is the greater text.
    let time: String

    /// The line that an event tells.
    init?(of event: JSONValue) {
        guard case .integer(let number) = event["number"], let time = event["at"]?.string else { return nil }
        self.number = number
        self.time = time
    }

    /// Reads `NUMBER@TIME`; nil for anything else, which is no place in any log.
    init?(_ text: String) {
        guard text.utf8.count <= 64, let sign = text.firstIndex(of: "@"), let number = Int64(text[..<sign]), number > 0 else { return nil }
        self.number = number
        time = String(text[text.index(after: sign)...])
    }

    var text: String { "\(number)@\(time)" }

    /// Whether who has read so far has read the other one.
    func covers(_ other: LogPosition) -> Bool { other.number <= number && other.time <= time }
}

extension HTTPField.Name {
    /// HTML, section 9.2.4.
    static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
