import Synchronization

/// The answers that go on until their client leaves. A server that is to end ends them first.
final class Streams: Sendable {
    private struct State {
        var tasks: [Int: Task<Void, any Error>] = [:]
        var last = 0
        var isOver = false
    }

    private let state = Mutex(State())
    /// How long nothing is said at most.
    let heartbeat: Duration

    init(heartbeat: Duration) { self.heartbeat = heartbeat }

    /// Runs until `body` is done, the client has gone, or `end` is called.
    func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await body() }
        let number = state.withLock { state in
            state.last += 1
            if state.isOver { task.cancel() } else { state.tasks[state.last] = task }
            return state.last
        }
        defer { state.withLock { $0.tasks[number] = nil } }
        try await withTaskCancellationHandler { try await task.value } onCancel: { task.cancel() }
    }

    func end() {
        let tasks = state.withLock { state in
            state.isOver = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
    }
}
