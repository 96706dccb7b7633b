package import NIOCore

/// Counts violations and tells when there were too many within a time.
package struct StrikeLedger: Sendable {
    private let limit: Int
    private let window: TimeAmount
    private var times: [NIODeadline] = []

    package init(limit: Int = 3, window: TimeAmount = .seconds(60)) {
        self.limit = max(1, limit)
        self.window = window
    }

    /// Notes a strike; true where it is the last that is borne: the third within a minute, unless set otherwise.
    package mutating func strike(at time: NIODeadline) -> Bool {
        times.removeAll { time - $0 >= window }
        times.append(time)
        return times.count >= limit
    }
}
