/// Actions of one tenant: so many per second, and as many at once where none began for a second. The generic cell rate algorithm:
/// what is kept is the moment at which nothing of that would be used up any more.
struct ActionRate: Sendable {
    /// Nanoseconds from one token to the next.
    private let interval: Int64
    private let burst: Int64
    private var full: Int64 = .min

    init(perSecond: Int) {
        burst = Int64(max(1, perSecond))
        interval = 1_000_000_000 / burst
    }

    /// Nanoseconds until there is a token; zero where there is one. `now` is in nanoseconds on any monotonic clock.
    func wait(at now: Int64) -> Int64 { full <= now ? 0 : max(0, full - now - interval * (burst - 1)) }

    mutating func take(at now: Int64) { full = max(full, now) + interval }

    /// Whether it is as if nothing had been taken.
    func isFull(at now: Int64) -> Bool { full <= now }
}
