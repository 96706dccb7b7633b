import Model

/// One backup, restore, export or import at a time: they share the disk with everybody else.
actor BackupTurns {
    /// Who waits for a turn; more are told to come again.
    static let limit = 32
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    nonisolated func run<Value: Sendable>(
        _ body: @Sendable () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        try await enter()
        let outcome: Result<Value, Problem>
        do throws(Problem) { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        await leave()
        return try outcome.get()
    }

    private func enter() async throws(Problem) {
        guard isTaken else {
            isTaken = true
            return
        }
        guard waiting.count < Self.limit else {
            throw Problem(.retryLater, "too many backups wait for their turn", hint: "call again in a few minutes")
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leave() {
        if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
}
