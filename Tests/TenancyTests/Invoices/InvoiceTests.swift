import HostTesting
import Model
import Store
import Testing

@testable import Tenancy

struct InvoiceTests {
    private let acme = TenantID(unchecked: "acme")

    private static func plan(_ members: [String: JSONValue]) throws -> Plan {
        try Plan(PlanID(unchecked: "basic"), .object(["name": "Basic", "currency": "EUR"].merging(members) { $1 }))
    }

    @Test func `a month costs the plan and what is begun beyond what it includes`() throws {
        let month = try BillingMonth("2026-11")
        let plan = try Self.plan([
            "price": 4900,
            "meters": [
                "calls": ["included": 1000, "price": ["amount": 50, "per": 100]],
                "cpuSeconds": ["included": 10, "limit": 100, "price": ["amount": 3]], "egressBytes": ["included": 5],
            ],
        ])
        let segment = PlanSegment(plan, from: month.start, to: month.end)
        func amounts(_ used: [Meter: Int64]) -> [Int64] {
            Invoice(acme, month, [segment], isFinal: true) { _ in used }.lines.map(\.amount)
        }
        #expect(amounts([:]) == [4900, 0, 0, 0])
        #expect(amounts([.calls: 1000, .cpuSeconds: 10_000_000, .egressBytes: 5]) == [4900, 0, 0, 0])
        // Each begun hundred, each begun second.
        #expect(amounts([.calls: 1001, .cpuSeconds: 10_000_001]) == [4900, 50, 3, 0])
        #expect(amounts([.calls: 1200, .cpuSeconds: 12_000_000]) == [4900, 100, 6, 0])
        let most = Invoice(acme, month, [segment], isFinal: true) { _ in [.calls: .max, .cpuSeconds: .max, .egressBytes: .max] }
        #expect(most.totals.keys.sorted() == ["EUR"])
        let json = Invoice(acme, month, [segment], isFinal: true) { _ in [.cpuSeconds: 12_500_000] }.json { "t\($0)" }
        #expect(json["totals"] == [["currency": "EUR", "amount": 4909]])
        #expect(json["lines"]?.array?[2]["quantity"] == 12.5)
    }

    @Test func `plans that follow each other share the month by the second`() throws {
        let month = try BillingMonth("2026-11")
        let (dear, cheap) = (try Self.plan(["price": 3001]), try Self.plan(["price": 300, "currency": "CHF"]))
        let middle = month.start + 10 * 86_400
        let segments = PlanSegment.segments(
            [(month.start - 5000, dear), (middle, cheap), (middle + 86_400, nil), (month.end - 86_400, dear)], in: month,
            until: month.end)
        #expect(segments.map(\.from) == [month.start, middle, month.end - 86_400])
        let invoice = Invoice(acme, month, segments, isFinal: false) { _ in [:] }
        #expect(invoice.lines.map(\.amount) == [1000, 10, 100])
        #expect(invoice.totals == ["EUR": 1100, "CHF": 10])
        #expect(PlanSegment.segments([(month.end, dear)], in: month, until: month.end).isEmpty)
    }

    @Test func `parts of a month add up to the whole, give or take one`() throws {
        var generator = SeededGenerator(seed: 11)
        let month = try BillingMonth("2026-02")
        for _ in 0..<500 {
            let price = Int64.random(in: 0...Plan.mostMoney, using: &generator)
            let plan = try Self.plan(["price": .integer(price)])
            let cut = month.start + 3600 * Int64.random(in: 1..<(month.length / 3600), using: &generator)
            let segments = PlanSegment.segments([(month.start, plan), (cut, plan)], in: month, until: month.end)
            let sum = Invoice(acme, month, segments, isFinal: true) { _ in [:] }.totals["EUR"] ?? 0
            #expect(abs(sum - price) <= 1)
        }
    }

    @Test func `the invoice of a month that is over stays as it was`() async throws {
        try await UsageFixture.with { usage in
            let basic = PlanID(unchecked: "basic")
            try await usage.set(basic, ["price": 100, "meters": ["cpuSeconds": ["included": 0, "price": ["amount": 2]]]], for: acme)
            _ = try await usage.metering.settle([usage.cpu(3_000_000)])
            let month = usage.month()
            let open = try await usage.invoices.invoice(of: acme, month)
            #expect(open["isFinal"] == false)
            #expect(open["totals"] == [["currency": "EUR", "amount": 106]])
            usage.clock.move(by: month.end + 7200 - usage.clock.now)
            try await usage.invoices.close()
            // What comes later, and other terms, change nothing of it.
            _ = try await usage.metering.settle([usage.cpu(9_000_000)])
            try await usage.set(basic, ["price": 900], for: acme)
            try await usage.metering.ledger.compact(now: usage.clock.now + 100 * 86_400)
            let final = try await usage.invoices.invoice(of: acme, month)
            #expect(final["isFinal"] == true)
            #expect(final["totals"] == [["currency": "EUR", "amount": 106]])
            #expect(await problem { try await usage.invoices.invoice(of: acme, BillingMonth("2020-01")) }?.code == .notFound)
            let next = BillingMonth(containing: usage.month().end)
            #expect(await problem { try await usage.invoices.invoice(of: acme, next) }?.code == .notFound)
        }
    }

    @Test func `the last invoice of a tenant outlives it, and is not its successor's`() async throws {
        try await UsageFixture.with { usage in
            try await usage.set(PlanID(unchecked: "basic"), ["price": 7440], for: acme)
            usage.clock.move(by: 3600)
            try await usage.invoices.closeLast(of: acme)
            try await usage.store.deleteTenant(acme)
            usage.plans.forget(acme)
            let month = usage.month()
            let past = try await usage.invoices.past(acme, month)
            #expect(past.count == 1)
            #expect(past.first?["isFinal"] == true)
            #expect(past.first?["totals"]?.array?.first?["amount"]?.integer ?? 0 < 100)
            _ = try await usage.store.createTenant(acme)
            #expect(try await usage.invoices.invoice(of: acme, month)["lines"] == [])
        }
    }
}
