/// Bytes per second, with a second's worth of burst. Spending comes first and waiting after it, so that one large read
/// needs no tokens in advance: who is in debt waits until it is paid.
package struct TokenBucket: Hashable, Sendable {
    private let perSecond: Double
    private var tokens: Double
    private var filled: UInt64

    /// `now` is in nanoseconds on any monotonic clock, the same at every call.
    package init(perSecond: Int64, now: UInt64) {
        self.perSecond = Double(max(1, perSecond))
        tokens = self.perSecond
        filled = now
    }

    /// Nanoseconds to wait before the next bytes may be moved.
    package mutating func spend(_ count: Int, now: UInt64) -> UInt64 {
        let elapsed = now > filled ? Double(now - filled) / 1e9 : 0
        filled = max(filled, now)
        tokens = min(perSecond, tokens + elapsed * perSecond) - Double(count)
        return tokens >= 0 ? 0 : UInt64(-tokens / perSecond * 1e9)
    }
}
