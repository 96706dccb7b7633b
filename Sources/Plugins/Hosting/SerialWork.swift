import Model

/// Runs pieces of work one after the other, in the order in which they came, each to its end.
actor SerialWork {
    private var last: Task<Void, Never>?

    nonisolated func run<Value: Sendable>(
        _ work: @escaping @Sendable () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let task = await enqueue(work)
        return try await task.value.get()
    }

    private func enqueue<Value: Sendable>(
        _ work: @escaping @Sendable () async throws(Problem) -> Value
    ) -> Task<Result<Value, Problem>, Never> {
        let previous = last
        let task = Task { () async -> Result<Value, Problem> in
            await previous?.value
            do throws(Problem) { return .success(try await work()) } catch { return .failure(error) }
        }
        last = Task { _ = await task.value }
        return task
    }
}
