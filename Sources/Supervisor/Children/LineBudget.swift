import Model

/// How many lines of a child's standard error go into the daemon's log: a token bucket, and a count of what did not fit.
package struct LineBudget: Sendable, Equatable {
    private let perSecond: Double
    private let burst: Double
    private var tokens: Double
    private var filled: Duration?
    package private(set) var suppressed: Int64 = 0

    package init(perSecond: Double = 20, burst: Double = 100) {
        self.perSecond = perSecond
        self.burst = burst
        tokens = burst
    }

    /// Whether one line may be logged now.
    package mutating func spend(at now: Duration) -> Bool {
        let seconds = filled.map { Double((now - $0).milliseconds) / 1000 } ?? 0
        tokens = min(burst, tokens + seconds * perSecond)
        filled = now
        guard tokens >= 1 else {
            suppressed += 1
            return false
        }
        tokens -= 1
        return true
    }

    /// Lines left out since the last call.
    package mutating func takeSuppressed() -> Int64 {
        defer { suppressed = 0 }
        return suppressed
    }
}
