package import Model
import Synchronization

/// Holds callers and tenants to their rates, each with a bucket of tokens.
///
/// A request that is refused costs nothing, so that who waits as he is told is let in then.
package final class RateLimiter: Sendable {
    private struct Key: Hashable {
        let name: String
        let subject: String
    }

    private struct Bucket {
        let policy: RatePolicy
        var tokens: Double
        /// In nanoseconds, as of `now`.
        var filled: UInt64

        init(_ policy: RatePolicy, _ now: UInt64) {
            self.policy = policy
            tokens = Double(policy.requests)
            filled = now
        }

        private var perSecond: Double { Double(policy.requests) / Double(policy.window) }

        mutating func fill(_ now: UInt64) {
            guard now > filled else { return }
            tokens = min(Double(policy.requests), tokens + Double(now - filled) / 1e9 * perSecond)
            filled = now
        }

        var isFull: Bool { tokens >= Double(policy.requests) }

        func standing(_ name: String) -> RateStanding {
            RateStanding(
                name: name, policy: policy, remaining: Int(tokens),
                reset: Int(((Double(policy.requests) - tokens) / perSecond).rounded(.up)),
                wait: tokens >= 1 ? 0 : max(1, Int(((1 - tokens) / perSecond).rounded(.up))))
        }
    }

    /// Buckets that are kept at a time.
    static let limit = 10_000

    private let limits: RateLimits
    private let planned: @Sendable (TenantID) -> RatePolicy?
    private let buckets = Mutex<[Key: Bucket]>([:])

    /// `planned` is asked for the rate of a tenant before that of all is taken.
    package init(_ limits: RateLimits, planned: @escaping @Sendable (TenantID) -> RatePolicy? = { _ in nil }) {
        self.limits = limits
        self.planned = planned
    }

    /// Takes a token of each bucket that the caller has, or of none where one is empty. `now` is in nanoseconds on any
    /// monotonic clock, the same at every call.
    package func take(_ principal: Principal, now: UInt64) -> (isAdmitted: Bool, standings: [RateStanding]) {
        var wanted: [(Key, RatePolicy)] = []
        if let policy = limits.caller { wanted.append((Key(name: "caller", subject: principal.description), policy)) }
        if let tenant = principal.tenant, let policy = planned(tenant) ?? limits.tenant {
            wanted.append((Key(name: "tenant", subject: tenant.rawValue), policy))
        }
        guard !wanted.isEmpty else { return (true, []) }
        return buckets.withLock { buckets in
            var taken = wanted.map { key, policy in
                // Another rate begins anew.
                var bucket = buckets[key].flatMap { $0.policy == policy ? $0 : nil } ?? Bucket(policy, now)
                bucket.fill(now)
                return (key, bucket)
            }
            let isAdmitted = taken.allSatisfy { $0.1.tokens >= 1 }
            if isAdmitted { for index in taken.indices { taken[index].1.tokens -= 1 } }
            for (key, bucket) in taken {
                if buckets[key] == nil, buckets.count >= Self.limit { Self.makeRoom(in: &buckets, now) }
                buckets[key] = bucket
            }
            return (isAdmitted, taken.map { $1.standing($0.name) })
        }
    }

    var count: Int { buckets.withLock { $0.count } }

    /// A full bucket says no more than none. Where all are in use the one that was used longest ago goes.
    private static func makeRoom(in buckets: inout [Key: Bucket], _ now: UInt64) {
        buckets = buckets.filter { _, bucket in
            var bucket = bucket
            bucket.fill(now)
            return !bucket.isFull
        }
        guard buckets.count >= limit, let oldest = buckets.min(by: { $0.value.filled < $1.value.filled }) else { return }
        buckets[oldest.key] = nil
    }
}
