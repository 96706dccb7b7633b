import Model
import Testing

@testable import Tenancy

struct RateLimiterTests {
    private static let second: UInt64 = 1_000_000_000
    private let acme = TenantID(unchecked: "acme")

    private func key(_ name: String) -> Principal { Principal("key \(name)", tenant: acme, scopes: []) }

    @Test func `as many as the policy says may come at once, and then as they become due`() {
        let limiter = RateLimiter(RateLimits(caller: RatePolicy(requests: 60, window: 60)))
        for left in (0..<60).reversed() {
            let (isAdmitted, standings) = limiter.take(key("a"), now: 0)
            #expect(isAdmitted)
            #expect(standings.map(\.remaining) == [left])
        }
        let (isAdmitted, standings) = limiter.take(key("a"), now: 0)
        #expect(!isAdmitted)
        #expect(standings == [RateStanding(name: "caller", policy: RatePolicy(requests: 60, window: 60), remaining: 0, reset: 60, wait: 1)])
        // One that is told to wait a second is let in then, however often it asked before.
        for _ in 0..<100 { #expect(!limiter.take(key("a"), now: Self.second / 2).isAdmitted) }
        #expect(limiter.take(key("a"), now: Self.second).isAdmitted)
        #expect(!limiter.take(key("a"), now: Self.second).isAdmitted)
        #expect(limiter.take(key("b"), now: Self.second).isAdmitted)
    }

    @Test func `the keys of a tenant share its rate, and one without a tenant has none of it`() {
        let limiter = RateLimiter(
            RateLimits(caller: RatePolicy(requests: 10, window: 1), tenant: RatePolicy(requests: 12, window: 60)))
        for _ in 0..<10 { #expect(limiter.take(key("a"), now: 0).isAdmitted) }
        #expect(!limiter.take(key("a"), now: 0).isAdmitted)
        // What was refused has cost the tenant nothing.
        #expect(limiter.take(key("b"), now: 0).isAdmitted)
        #expect(limiter.take(key("b"), now: 0).isAdmitted)
        let (isAdmitted, standings) = limiter.take(key("b"), now: 0)
        #expect(!isAdmitted)
        #expect(standings.map(\.wait) == [0, 5])
        #expect(limiter.take(Principal("key operator", tenant: nil, scopes: []), now: 0).standings.map(\.name) == ["caller"])
    }

    @Test func `without limits nobody is held up, and nothing is kept`() {
        let limiter = RateLimiter(RateLimits())
        for _ in 0..<1000 { #expect(limiter.take(key("a"), now: 0).isAdmitted) }
        #expect(limiter.count == 0)
    }

    @Test func `the table is bounded, and lets go of full buckets first`() {
        let limiter = RateLimiter(RateLimits(caller: RatePolicy(requests: 2, window: 10)))
        for index in 0..<(RateLimiter.limit + 100) { _ = limiter.take(key("\(index)"), now: UInt64(index)) }
        #expect(limiter.count == RateLimiter.limit)
        _ = limiter.take(key("held"), now: 100 * Self.second)
        #expect(limiter.count == 1)
        // Who is held up is not forgotten for others.
        _ = limiter.take(key("held"), now: 100 * Self.second)
        #expect(!limiter.take(key("held"), now: 100 * Self.second).isAdmitted)
    }
}
