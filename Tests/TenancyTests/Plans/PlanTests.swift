import HostTesting
import Model
import Store
import Testing

@testable import Tenancy

struct PlanTests {
    private let basic = PlanID(unchecked: "basic")

    @Test func `a plan is read back as it was written`() throws {
        let plan = try Plan(
            basic,
            [
                "name": "Basic", "currency": "EUR", "price": 4900, "quota": ["memory": 1_073_741_824, "cpu": 0.5],
                "rate": ["requests": 600, "window": 60],
                "meters": [
                    "calls": ["included": 1000, "price": ["amount": 5, "per": 100]], "cpuSeconds": ["included": 3600],
                    "egressBytes": ["included": 0, "limit": 10, "price": ["amount": 0]],
                ],
            ])
        #expect(try Plan(basic, plan.json) == plan)
        #expect(plan.quota.memory == .gibibytes(1) && plan.quota.cpu == 0.5)
        #expect(plan.quota.processes == Quota.ordinary.processes)
        // What has a price ends nowhere, what has none where it is no longer free.
        #expect(plan.meters[.calls]?.limit == nil)
        #expect(plan.meters[.cpuSeconds]?.limit == 3600)
        #expect(plan.meters[.egressBytes]?.price?.per == 1)
    }

    private static let wrong: [(JSONValue, String)] = [
        ([:], "/name: missing"), (["name": ""], "/name: expected 1 to 60 characters in one line"),
        (["name": "a\nb"], "/name: expected 1 to 60 characters in one line"),
        (["name": "a"], "/currency: missing"), (["name": "a", "currency": "eur"], "/currency: not a currency: \"eur\""),
        (["price": -1], "/price: out of range: -1"), (["price": 4.5], "/price: expected integer, found number"),
        (["quota": ["memory": 1]], "/quota: quota out of range: memory 1B"),
        (["quota": ["processes": 9_000_000_000]], "/quota/processes: out of range: 9000000000"),
        (["quota": ["swap": 1]], "/quota/swap: unknown member"),
        (["rate": ["requests": 0, "window": 1]], "/rate/requests: out of range: 0"), (["rate": ["requests": 1]], "/rate/window: missing"),
        (["meters": ["runs": [:]]], "/meters/runs: unknown member"),
        (["meters": ["calls": ["included": -1]]], "/meters/calls/included: out of range: -1"),
        (["meters": ["cpuSeconds": ["included": .integer(.max)]]], "/meters/cpuSeconds/included: out of range: 9223372036854775807"),
        (["meters": ["calls": ["included": 5, "limit": 4]]], "/meters/calls/limit: smaller than what is included: 4"),
        (["meters": ["calls": ["included": 5, "limit": 6]]], "/meters/calls/price: missing"),
        (["meters": ["storageHours": ["included": 5, "limit": 5]]], "/meters/storageHours/limit: this meter has none"),
        (["meters": ["calls": ["price": ["per": 1]]]], "/meters/calls/price/amount: missing"),
        (["meters": ["calls": ["price": ["amount": 1, "per": 0]]]], "/meters/calls/price/per: out of range: 0"),
    ]

    @Test(arguments: wrong.indices) func `what is wrong with a plan is told with its place`(index: Int) {
        let (value, message) = Self.wrong[index]
        var members = value.object ?? [:]
        if !message.hasPrefix("/name"), !message.hasPrefix("/currency") {
            members.merge(["name": "Basic", "currency": "EUR"]) { $1 }
        }
        let problem = #expect(throws: Problem.self) { try Plan(basic, .object(members)) }
        #expect(problem?.code == .invalidInput)
        #expect(problem?.message == message)
    }

    @Test func `a plan gives its tenants its quota, and new terms reach them`() async throws {
        try await UsageFixture.with { usage in
            try await usage.set(basic, ["quota": ["memory": 1_073_741_824]], for: usage.acme)
            #expect(try await usage.store.record(of: usage.acme).quota.memory == .gibibytes(1))
            usage.clock.move(to: "2026-11", hour: 5)
            let terms = try Plan(basic, ["name": "Basic", "currency": "EUR", "price": 10, "quota": ["memory": 2_147_483_648]])
            #expect(try await usage.plans.set(terms, now: usage.clock.now) == [usage.acme])
            #expect(try await usage.store.record(of: usage.acme).quota.memory == .gibibytes(2))
            // What was owed under the earlier terms stays.
            let history = try await usage.plans.history(of: usage.acme)
            #expect(history.map(\.plan?.price) == [0, 10])
            let kept = await problem { try await usage.plans.delete(basic) }
            #expect(kept?.message == "plan basic is the plan of tenant acme")
            try await usage.plans.choose(nil, for: usage.acme, now: usage.clock.now)
            #expect(usage.plans.plan(of: usage.acme) == nil)
            #expect(try await usage.store.record(of: usage.acme).quota.memory == .gibibytes(2))
            _ = try await usage.plans.delete(basic)
            #expect(usage.plans.all.isEmpty)
            let none = await problem { try await usage.plans.choose(basic, for: usage.acme, now: usage.clock.now) }
            #expect(none?.code == .notFound)
        }
    }

    @Test func `plans are as they were after a restart`() async throws {
        try await UsageFixture.with { usage in
            try await usage.set(basic, ["meters": ["calls": ["included": 3]]], for: usage.acme)
            let again = try await Plans(usage.store)
            #expect(again.all == usage.plans.all)
            #expect(again.plan(of: usage.acme)?.id == basic)
            #expect(again.plan(of: usage.globex) == nil)
        }
    }
}
