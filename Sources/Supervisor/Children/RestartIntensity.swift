/// Decides after a failure whether a child is tried again, and when: a sliding window as in OTP, geometric delays,
/// and both forgotten after stable uptime.
package struct RestartIntensity: Sendable, Equatable {
    package enum Decision: Sendable, Equatable {
        case retry(after: Duration)
        /// Too many failures in the window: a person or an update must bring the child back.
        case giveUp(failures: Int, within: Duration)
    }

    package struct Policy: Sendable, Equatable {
        package var failures = 8
        package var window: Duration = .seconds(600)
        package var firstDelay: Duration = .milliseconds(100)
        package var longestDelay: Duration = .seconds(30)
        /// After this long in service the past is forgotten.
        package var stableUptime: Duration = .seconds(60)

        package init() {}
    }

    private let policy: Policy
    private var failures: [Duration] = []

    package init(_ policy: Policy = Policy()) { self.policy = policy }

    package var stableUptime: Duration { policy.stableUptime }

    /// `now` is a time on any monotonic clock, the same at every call.
    package mutating func failed(at now: Duration) -> Decision {
        failures.removeAll { now - $0 > policy.window }
        failures.append(now)
        guard failures.count < policy.failures else {
            return .giveUp(failures: failures.count, within: policy.window)
        }
        var delay = policy.firstDelay
        for _ in 1..<failures.count where delay < policy.longestDelay { delay *= 2 }
        return .retry(after: min(delay, policy.longestDelay))
    }

    package mutating func forget() { failures = [] }
}
