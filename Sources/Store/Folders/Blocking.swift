import Dispatch
package import Model

/// Work that waits for the disk, on threads of its own: never on an event loop and never on Swift's few cooperative threads.
package enum Blocking {
    private static let queue = DispatchQueue(label: "cloister.store", qos: .userInitiated, attributes: .concurrent)

    package static func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let outcome: Result<Value, Problem> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(Problem) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try outcome.get()
    }
}
