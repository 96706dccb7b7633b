import Synchronization

/// Tells when something has happened so many times.
final class Countdown: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    /// Counts one more time; true at the last and after it.
    func isOver() -> Bool {
        left.withLock { left in
            left -= 1
            return left <= 0
        }
    }
}
