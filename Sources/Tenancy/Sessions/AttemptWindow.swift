/// So many attempts in so much time: pure, and the same for the table on disk and the one in memory.
package struct AttemptWindow: Sendable, Hashable {
    var count: Int
    /// Milliseconds since 1970.
    var began: Int64

    static let length: Int64 = 15 * 60_000

    /// Counts one more where it is allowed; else tells in how many seconds it will be.
    static func admit(_ window: AttemptWindow?, limit: Int, at now: Int64) -> Result<AttemptWindow, TooMany> {
        // A clock that was set back begins anew, too: nobody shall wait for years.
        guard let window, now >= window.began, now < window.began + length else {
            return .success(AttemptWindow(count: 1, began: now))
        }
        guard window.count < limit else {
            return .failure(TooMany(seconds: Int((window.began + length - now + 999) / 1000)))
        }
        return .success(AttemptWindow(count: window.count + 1, began: window.began))
    }

    package struct TooMany: Error, Sendable, Hashable {
        package let seconds: Int
    }
}
