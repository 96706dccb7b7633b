/// Lets one after the other edit the same thing, whatever door they came through, so that none overwrites what it has not seen.
actor Turns {
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    /// How many wait for their turn with a subject that another one has.
    func waiting(for subject: String) -> Int { waiting[subject]?.count ?? 0 }

    /// Runs `body` when the turns with all subjects have come, which are taken in their order. Whoever may take more than one
    /// takes them in the same order as everybody else. Throws `CancellationError`, and does nothing, where nobody waits any more
    /// when they have come.
    nonisolated func take<Value: Sendable>(
        _ subjects: [String], _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        for subject in subjects { await begin(subject) }
        do {
            if !subjects.isEmpty { try Task.checkCancellation() }
            let value = try await body()
            await end(subjects)
            return value
        } catch {
            await end(subjects)
            throw error
        }
    }

    private func begin(_ subject: String) async {
        guard waiting[subject] != nil else {
            waiting[subject] = []
            return
        }
        await withCheckedContinuation { waiting[subject]?.append($0) }
    }

    private func end(_ subjects: [String]) {
        for subject in subjects {
            guard let next = waiting[subject]?.first else {
                waiting[subject] = nil
                continue
            }
            waiting[subject]?.removeFirst()
            next.resume()
        }
    }
}
