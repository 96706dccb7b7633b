/// Lets one after the other edit the same thing, so that none overwrites what it has not seen.
actor Turns {
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    nonisolated func take<Value: Sendable>(
        _ subject: String, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        await begin(subject)
        do {
            let value = try await body()
            await end(subject)
            return value
        } catch {
            await end(subject)
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

    private func end(_ subject: String) {
        guard let next = waiting[subject]?.first else {
            waiting[subject] = nil
            return
        }
        waiting[subject]?.removeFirst()
        next.resume()
    }
}
