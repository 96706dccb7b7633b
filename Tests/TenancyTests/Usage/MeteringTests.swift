import HostTesting
import Model
import Store
import Testing

@testable import Tenancy

struct MeteringTests {
    private let basic = PlanID(unchecked: "basic")

    @Test func `what a counter has grown by is written down once`() async throws {
        try await UsageFixture.with { usage in
            for reading in [usage.cpu(100), usage.cpu(100), usage.cpu(250), usage.cpu(180)] {
                _ = try await usage.metering.settle([reading])
            }
            #expect(try await usage.used(.cpuSeconds, by: usage.acme) == 250)
            // A group that is made anew begins at nothing.
            _ = try await usage.metering.settle([usage.cpu(40, source: "next group")])
            #expect(try await usage.used(.cpuSeconds, by: usage.acme) == 290)
            // A daemon that comes after one that was killed reads the same counter again.
            let next = Metering(usage.store, usage.plans) { usage.clock.now }
            _ = try await next.settle([usage.cpu(40, source: "next group")])
            _ = try await next.settle([usage.cpu(45, source: "next group")])
            #expect(try await usage.used(.cpuSeconds, by: usage.acme) == 295)
            #expect(try await usage.used(.cpuSeconds, by: usage.globex) == 0)
        }
    }

    @Test func `calls beyond the limit are refused with the quota and the time, and count no more`() async throws {
        try await UsageFixture.with { usage in
            try await usage.set(basic, ["meters": ["calls": ["included": 3]]], for: usage.acme)
            for tenant in [usage.acme, usage.globex] { try await usage.metering.open(tenant) }
            for _ in 0..<3 { try usage.metering.count(usage.probe, for: usage.acme) }
            let problem = #expect(throws: Problem.self) { try usage.metering.count(usage.probe, for: usage.acme) }
            let month = usage.month()
            #expect(problem?.code == .quotaExceeded)
            #expect(problem?.message == "the calls of tenant acme for \(month) are used up: 3 of the 3 of plan basic")
            #expect(problem?.wait == month.end - usage.clock.now)
            #expect(problem?.hint?.contains("\(BillingMonth(containing: month.end))-01") == true)
            for _ in 0..<10 { try usage.metering.count(usage.probe, for: usage.globex) }
            _ = try await usage.metering.settle([])
            #expect(try await usage.used(.calls, by: usage.acme) == 3)
            #expect(try await usage.used(.calls, by: usage.globex) == 10)

            // After a restart no call is for free.
            let next = Metering(usage.store, usage.plans) { usage.clock.now }
            try await next.open(usage.acme)
            #expect(throws: Problem.self) { try next.count(usage.probe, for: usage.acme) }
            // With the next month it begins anew.
            usage.clock.move(by: month.end - usage.clock.now)
            try usage.metering.count(usage.probe, for: usage.acme)
            #expect(try await usage.metering.standings(of: usage.acme).standings.first?.used == 1)
            // And with a plan that allows more.
            usage.clock.move(by: 1)
            for _ in 0..<2 { try usage.metering.count(usage.probe, for: usage.acme) }
            #expect(throws: Problem.self) { try usage.metering.count(usage.probe, for: usage.acme) }
            try await usage.set(basic, ["meters": ["calls": ["included": 4]]], for: usage.acme)
            try usage.metering.count(usage.probe, for: usage.acme)
        }
    }

    @Test func `runs beyond the limit are refused with the quota and the time, and the ledger has those that were not`() async throws {
        try await UsageFixture.with { usage in
            try await usage.set(basic, ["meters": ["workflowRuns": ["included": 5]]], for: usage.acme)
            let fresh = Metering(usage.store, usage.plans) { usage.clock.now }
            #expect(throws: Problem.self) { try fresh.count(runs: 1, for: usage.acme) }
            try await usage.metering.open(usage.acme)
            try usage.metering.count(runs: 3, for: usage.acme)
            // All or none.
            #expect(throws: Problem.self) { try usage.metering.count(runs: 3, for: usage.acme) }
            _ = try await usage.metering.settle([])
            usage.metering.add(runs: -1, for: usage.acme)
            _ = try await usage.metering.settle([])
            try usage.metering.count(runs: 0, for: usage.acme)
            try usage.metering.count(runs: 3, for: usage.acme)
            for count in [0, 1] {
                let problem = #expect(throws: Problem.self) { try usage.metering.count(runs: count, for: usage.acme) }
                let month = usage.month()
                #expect(problem?.code == .quotaExceeded)
                #expect(problem?.message == "the workflow runs of tenant acme for \(month) are used up: 5 of the 5 of plan basic")
                #expect(problem?.wait == month.end - usage.clock.now)
            }
            // What was accepted before begins all the same.
            usage.metering.add(runs: 1, for: usage.acme)
            _ = try await usage.metering.settle([])
            #expect(try await usage.used(.workflowRuns, by: usage.acme) == 6)
            let next = Metering(usage.store, usage.plans) { usage.clock.now }
            try await next.open(usage.acme)
            #expect(try await next.standings(of: usage.acme).standings.first { $0.meter == .workflowRuns } == UsageStanding(.workflowRuns, used: 6, terms: MeterTerms(included: 5, limit: nil)))
            usage.clock.move(by: usage.month().end - usage.clock.now)
            try next.count(runs: 5, for: usage.acme)
        }
    }

    @Test func `processor time that is used up ends calls, bytes do not`() async throws {
        try await UsageFixture.with { usage in
            try await usage.set(
                basic, ["meters": ["cpuSeconds": ["included": 2], "egressBytes": ["included": 1000]]], for: usage.acme)
            try await usage.metering.open(usage.acme)
            #expect(usage.metering.egressLeft == [usage.acme: 1000])
            let bytes = UsageReading(.egressBytes, of: usage.probe, for: usage.acme, source: "run", total: 1200)
            _ = try await usage.metering.settle([usage.cpu(1_999_999), bytes])
            try usage.metering.count(usage.probe, for: usage.acme)
            #expect(usage.metering.egressLeft == [usage.acme: 0])
            _ = try await usage.metering.settle([usage.cpu(2_000_000), bytes])
            let problem = #expect(throws: Problem.self) { try usage.metering.count(usage.probe, for: usage.acme) }
            #expect(problem?.message.contains("processor seconds of tenant acme") == true)
        }
    }

    @Test func `four fifths and the end are told once, also over a restart`() async throws {
        try await UsageFixture.with { usage in
            try await usage.set(basic, ["meters": ["cpuSeconds": ["included": 1]]], for: usage.acme)
            try await usage.metering.open(usage.acme)
            var told: [UsageStanding.Level] = []
            for microseconds: Int64 in [799_999, 800_000, 900_000, 1_000_000, 1_100_000] {
                told += try await usage.metering.settle([usage.cpu(microseconds)]).map(\.standing.level)
            }
            #expect(told == [.near, .reached])
            let next = Metering(usage.store, usage.plans) { usage.clock.now }
            try await next.open(usage.acme)
            #expect(try await next.settle([usage.cpu(1_200_000)]).isEmpty)
            usage.clock.move(by: usage.month().length)
            #expect(try await next.settle([usage.cpu(2_100_000)]).map(\.standing.level) == [.near])
        }
    }

    @Test func `a meter with a price warns of what is included, and never ends`() async throws {
        let terms = MeterTerms(included: 10, price: MeterTerms.Price(amount: 1, per: 1))
        #expect(UsageStanding(.calls, used: 8, terms: terms).level == .near)
        #expect(UsageStanding(.calls, used: 1_000_000, terms: terms).level == .near)
        #expect(UsageStanding(.calls, used: 0, terms: MeterTerms(included: 0, limit: 0)).level == .reached)
        #expect(UsageStanding(.calls, used: 1 << 60, terms: nil).level == .within)
    }

    @Test func `nothing is counted for a tenant that is not there, and others are all the same`() async throws {
        try await UsageFixture.with { usage in
            let gone = TenantID(unchecked: "gone")
            #expect(throws: Problem.self) { try usage.metering.count(usage.probe, for: gone) }
            let ghost = UsageReading(.cpuSeconds, of: usage.probe, for: gone, source: "group", total: 5)
            _ = try await usage.metering.settle([ghost, usage.cpu(7)])
            #expect(try await usage.used(.cpuSeconds, by: usage.acme) == 7)
            #expect(try await usage.used(.cpuSeconds, by: gone) == 0)
        }
    }
}
