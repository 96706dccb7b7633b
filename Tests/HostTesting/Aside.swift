import Dispatch

/// Runs work that takes the processor or waits for programs on a thread of its own: the few threads that all tests share
/// also carry the daemons that such a program may wait for.
package func aside<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global(qos: .utility).async { continuation.resume(with: Result { try body() }) }
    }
}
