/// Consecutive user or group numbers that /etc/subuid or /etc/subgid gives to one user (subuid(5)).
package struct SubordinateRange: Sendable, Equatable {
    package var start: UInt32
    package var count: UInt32

    package init(start: UInt32, count: UInt32) {
        self.start = start
        self.count = count
    }

    /// The ranges of a user, by name or by number, in the order of the file. Lines that make no sense count for nothing,
    /// as for newuidmap.
    package static func all(in text: String, userName: String?, userID: UInt32) -> [SubordinateRange] {
        text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 3, fields[0] == "\(userID)" || (userName.map { fields[0] == $0 } ?? false),
                let start = UInt32(fields[1]), let count = UInt32(fields[2]), count > 0,
                !start.addingReportingOverflow(count).overflow
            else { return nil }
            return SubordinateRange(start: start, count: count)
        }
    }
}

extension [SubordinateRange] {
    var largest: SubordinateRange? { self.max { $0.count < $1.count } }
}
