/// So many requests in a time, with as many at once.
package struct RatePolicy: Sendable, Hashable {
    package let requests: Int
    /// In whole seconds.
    package let window: Int

    package static let mostRequests = 1_000_000_000
    package static let longestWindow = 86_400

    /// Both are at least 1.
    package init(requests: Int, window: Int) {
        precondition(requests > 0 && window > 0)
        self.requests = requests
        self.window = window
    }
}

/// The rates at which the API may be used; nil for any.
package struct RateLimits: Sendable, Hashable {
    /// Of each caller by itself.
    package var caller: RatePolicy?
    /// Of all callers together that are bound to one tenant.
    package var tenant: RatePolicy?
    /// Of each trigger that takes messages of other services, and of each link to a workflow.
    package var webhook = RatePolicy(requests: 600, window: 60)

    package init(caller: RatePolicy? = nil, tenant: RatePolicy? = nil) {
        self.caller = caller
        self.tenant = tenant
    }
}

/// How a request stands with one policy.
package struct RateStanding: Sendable, Hashable {
    /// `caller` or `tenant`.
    package let name: String
    package let policy: RatePolicy
    /// Requests that may follow at once.
    package let remaining: Int
    /// Whole seconds until as many as the policy says may follow.
    package let reset: Int
    /// Whole seconds until the next request may follow; 0 for at once.
    package let wait: Int
}
