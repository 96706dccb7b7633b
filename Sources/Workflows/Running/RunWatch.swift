import Model
import Synchronization

/// Those who look on while runs are driven. Who reads too slowly is sent away and begins anew, so that nobody's haste or
/// sloth fills the memory.
final class RunWatch: Sendable {
    struct News: Sendable {
        let run: Run
        let steps: [Step]
    }

    private struct Key: Hashable {
        let tenant: TenantID
        let run: RunID
    }

    private struct State {
        var watchers: [Key: [UInt64: AsyncStream<News>.Continuation]] = [:]
        var counts: [TenantID: Int] = [:]
        var last: UInt64 = 0
    }

    /// Onlookers of one tenant.
    static let most = 50
    /// Changes that one of them has not read yet.
    private static let waiting = 64

    private let state = Mutex(State())

    /// What is stored of a run from now on. Ends where the reader is too slow: what is on disk then says the rest. Throws
    /// `retryLater` while too many of the tenant look on.
    func news(of run: RunID, in tenant: TenantID) throws(Problem) -> AsyncStream<News> {
        let key = Key(tenant: tenant, run: run)
        let (stream, continuation) = AsyncStream<News>.makeStream(bufferingPolicy: .bufferingOldest(Self.waiting))
        let number: UInt64? = state.withLock { state in
            guard state.counts[tenant, default: 0] < Self.most else { return nil }
            state.counts[tenant, default: 0] += 1
            state.last += 1
            state.watchers[key, default: [:]][state.last] = continuation
            return state.last
        }
        guard let number else {
            throw Problem(.retryLater, "\(Self.most) follow runs of tenant \(tenant) already", hint: "read the log without following it")
        }
        continuation.onTermination = { [weak self] _ in self?.leave(number, key) }
        return stream
    }

    /// Tells those who look on; costs next to nothing where nobody does.
    func tell(_ run: Run, _ steps: [Step], in tenant: TenantID) {
        let watchers = state.withLock { $0.watchers[Key(tenant: tenant, run: run.id)].map { Array($0.values) } }
        for watcher in watchers ?? [] {
            if case .dropped = watcher.yield(News(run: run, steps: steps)) { watcher.finish() }
        }
    }

    /// How many look on at a tenant's runs.
    func count(of tenant: TenantID) -> Int { state.withLock { $0.counts[tenant] ?? 0 } }

    /// Sends everybody away who looks on at a tenant's runs: it is about to be another, or gone.
    func end(of tenant: TenantID) {
        let watchers = state.withLock { state in state.watchers.filter { $0.key.tenant == tenant }.flatMap(\.value.values) }
        for watcher in watchers { watcher.finish() }
    }

    private func leave(_ number: UInt64, _ key: Key) {
        state.withLock { state in
            guard state.watchers[key]?.removeValue(forKey: number) != nil else { return }
            if state.watchers[key]?.isEmpty == true { state.watchers[key] = nil }
            state.counts[key.tenant, default: 1] -= 1
            if state.counts[key.tenant] == 0 { state.counts[key.tenant] = nil }
        }
    }
}
