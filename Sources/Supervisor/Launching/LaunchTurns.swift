import Model
import Synchronization

/// Lets children start a few at a time, so that a hundred starts do not take the processors from the children at work.
///
/// A start is mostly the kernel's work and does not yield while it lasts; what queues up behind it is paid by whoever
/// waits for a running plugin. Nobody holds a turn for longer than `longest`: a slow plugin delays no other.
final class LaunchTurns: Sendable {
    static let longest = Duration.milliseconds(100)

    private struct State {
        var queue: TurnQueue
        var starts: [TurnQueue.Turn: @Sendable (TurnQueue.Turn) -> Void] = [:]

        mutating func due() -> [(TurnQueue.Turn, @Sendable (TurnQueue.Turn) -> Void)] {
            var due: [(TurnQueue.Turn, @Sendable (TurnQueue.Turn) -> Void)] = []
            while let turn = queue.next() {
                if let start = starts.removeValue(forKey: turn) { due.append((turn, start)) }
            }
            return due
        }
    }

    private let state: Mutex<State>

    /// One start for every two processors.
    init(processors: Int) { state = Mutex(State(queue: TurnQueue(slots: processors / 2))) }

    /// Calls `start` once, on any thread, when it is its turn; `end` must follow.
    func request(for tenant: TenantID, _ start: @escaping @Sendable (TurnQueue.Turn) -> Void) {
        let due = state.withLock { state in
            state.starts[state.queue.request(for: tenant)] = start
            return state.due()
        }
        for (turn, start) in due { start(turn) }
    }

    /// Ends a turn; again does nothing.
    func end(_ turn: TurnQueue.Turn) {
        let due = state.withLock { state in
            state.queue.end(turn)
            return state.due()
        }
        for (turn, start) in due { start(turn) }
    }
}
