import Model
import Store

/// What people ask of runs.
extension TenantRuns {
    /// The run as it ended, or nil after `limit`.
    func end(of id: RunID, within limit: Duration) async throws(Problem) -> Run? {
        if drivers[id] == nil, !loading.contains(id), let run = try await run(id), run.state.isTerminal { return run }
        lastWaiter += 1
        let number = lastWaiter
        return await withCheckedContinuation { continuation in
            let timer = Task {
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                stopWaiting(id, number, nil)
            }
            waiters[id, default: [:]][number] = Waiter(continuation: continuation, timer: timer)
            // Whoever drives it says when it ends. Otherwise it may have ended before the waiter was there.
            guard drivers[id] == nil, !loading.contains(id) else { return }
            Task {
                guard let run = try? await run(id), run.state.isTerminal else { return }
                stopWaiting(id, number, run)
            }
        }
    }

    private func stopWaiting(_ id: RunID, _ number: UInt64, _ run: Run?) {
        waiters[id]?.removeValue(forKey: number)?.end(with: run)
        if waiters[id]?.isEmpty == true { waiters[id] = nil }
    }

    func run(_ id: RunID) async throws(Problem) -> Run? { try await store.read { try RunQueries.run(id, in: $0) } }

    /// Hands an event of a person's to a run that has not ended.
    func post(_ event: PlannerEvent, to id: RunID) async throws(Problem) {
        guard let run = try await run(id) else { throw Problem(.notFound, "run not found: \(id)") }
        guard !run.state.isTerminal else {
            throw Problem(.conflict, "run \(id) has ended: \(run.state.rawValue)", hint: "replay it, or run the workflow again")
        }
        if try await changeUnbegun(id, event) { return }
        if await deliver(event, to: id) { return }
        // One that nobody can read any more can still be given up.
        if case .cancelled = event, !isStopped, try await closeUnread(id) { return }
        throw Problem(.retryLater, "run \(id) cannot be reached", hint: "look at it, and call again; or cancel it")
    }
}
