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
            let deadline = ContinuousClock.now + limit
            waiters[id, default: [:]][number] = Waiter(continuation: continuation, deadline: deadline)
            lookAtWaiters(by: deadline)
            // Whoever drives it says when it ends. Otherwise it may have ended before the waiter was there.
            guard drivers[id] == nil, !loading.contains(id) else { return }
            Task {
                guard let run = try? await run(id), run.state.isTerminal else { return }
                stopWaiting(id, number, run)
            }
        }
    }

    private func stopWaiting(_ id: RunID, _ number: UInt64, _ run: Run?) {
        waiters[id]?.removeValue(forKey: number)?.continuation.resume(returning: run)
        if waiters[id]?.isEmpty == true { waiters[id] = nil }
    }

    private func lookAtWaiters(by deadline: ContinuousClock.Instant) {
        if let patience, patience.due <= deadline { return }
        patience?.task.cancel()
        patience = (deadline, Task { [weak self] in
            guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
            await self?.sendWaitersAway()
        })
    }

    private func sendWaitersAway() {
        patience = nil
        let now = ContinuousClock.now
        var next: ContinuousClock.Instant?
        for (id, numbers) in waiters {
            for (number, waiter) in numbers {
                if waiter.deadline <= now { stopWaiting(id, number, nil) } else { next = min(next ?? waiter.deadline, waiter.deadline) }
            }
        }
        if let next { lookAtWaiters(by: next) }
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
