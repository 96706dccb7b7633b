import Model
import Store
import Synchronization

/// Digests passwords off the cooperative threads, a few at a time: each takes the memory that its cost names.
final class PasswordHashing: Sendable {
    private struct State {
        var running = 0
        var waiting: [CheckedContinuation<Bool, Never>] = []
    }

    static let atOnce = 2
    static let mostWaiting = 64

    private let cost: PasswordCost
    private let state = Mutex(State())

    init(_ cost: PasswordCost) { self.cost = cost }

    func digest(of password: String) async throws(Problem) -> PasswordDigest {
        let cost = cost
        return try await take { () throws(Problem) in try PasswordDigest(password, cost) }
    }

    /// Whether it is the password of the digest. Without a digest it never is, and takes as long.
    func verify(_ password: String, _ digest: PasswordDigest?) async throws(Problem) -> Bool {
        let cost = cost
        return try await take { () throws(Problem) in
            guard let digest else {
                _ = try PasswordDigest(password, cost)
                return false
            }
            return try digest.matches(password)
        }
    }

    /// Whether one that is kept is cheaper to guess than new ones are.
    func isOutdated(_ digest: PasswordDigest) -> Bool { digest.cost != cost }

    private func take<Value: Sendable>(
        _ work: @escaping @Sendable () throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        guard await enter() else {
            throw Problem(.retryLater, "too many logins at once", hint: "try again in a few seconds")
        }
        defer { leave() }
        return try await Blocking.run(work)
    }

    /// False where too many wait already.
    private func enter() async -> Bool {
        await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            let verdict = state.withLock { state -> Bool? in
                if state.running < Self.atOnce {
                    state.running += 1
                    return true
                }
                guard state.waiting.count < Self.mostWaiting else { return false }
                state.waiting.append(continuation)
                return nil
            }
            if let verdict { continuation.resume(returning: verdict) }
        }
    }

    /// The place goes to whoever waits longest.
    private func leave() {
        let next = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil as CheckedContinuation<Bool, Never>?
            }
            return state.waiting.removeFirst()
        }
        next?.resume(returning: true)
    }
}
