import Model
import Synchronization

/// What runs of workflows have plugins do at the moment, so that what a plugin begins meanwhile counts as begun by them.
final class ChainLedger: Sendable {
    private struct Key: Hashable {
        let tenant: TenantID
        let plugin: PluginID
    }

    private let underWay = Mutex<[Key: [Int]]>([:])

    /// Has a plugin do something, on behalf of the chain of runs that this task belongs to.
    func during<Value>(
        _ plugin: PluginID, of tenant: TenantID, _ body: () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        let depth = RunChain.depth
        // What no other run has started is what is assumed of everything.
        guard depth > 0 else { return try await body() }
        let key = Key(tenant: tenant, plugin: plugin)
        underWay.withLock { $0[key, default: []].append(depth) }
        defer {
            underWay.withLock { underWay in
                if let index = underWay[key]?.firstIndex(of: depth) { underWay[key]?.remove(at: index) }
                if underWay[key]?.isEmpty == true { underWay[key] = nil }
            }
        }
        return try await body()
    }

    /// The depth of what a plugin does now: that of the deepest run that has it do something, as nobody can say for which of
    /// them it does what it does.
    func depth(at plugin: PluginID, of tenant: TenantID) -> Int {
        underWay.withLock { $0[Key(tenant: tenant, plugin: plugin)]?.max() } ?? 0
    }
}
