import GRDB
import HostTesting
import Model
import Store
import Testing

@testable import Tenancy

struct UsageLedgerTests {
    @Test func `months are those of the calendar`() throws {
        let month = try BillingMonth("2024-02")
        #expect(month.length == 29 * 86_400)
        #expect(month.previous.description == "2024-01" && BillingMonth(containing: month.end).description == "2024-03")
        #expect(try BillingMonth("2026-12").end == BillingMonth("2027-01").start)
        #expect(BillingMonth(containing: month.start) == month && BillingMonth(containing: month.end - 1) == month)
        for wrong in ["", "2026", "2026-13", "2026-00", "26-11", "2026-1", "2026-11-01", "1969-12", "+026-11", "2026-1１"] {
            #expect(throws: Problem.self, "\(wrong)") { try BillingMonth(wrong) }
        }
    }

    @Test func `what is put together and what is dropped changes no whole hour`() async throws {
        try await UsageFixture.with { usage in
            var generator = SeededGenerator(seed: 7)
            var total: Int64 = 0
            var hours: [Int64: Int64] = [:]
            for _ in 0..<300 {
                usage.clock.move(by: Int64.random(in: 30...1500, using: &generator))
                let amount = Int64.random(in: 1...1_000_000, using: &generator)
                total += amount
                hours[usage.clock.now / 3600, default: 0] += amount
                _ = try await usage.metering.settle([usage.cpu(total)])
                if generator.next() % 20 == 0 { try await usage.metering.ledger.compact(now: usage.clock.now) }
            }
            try await usage.metering.ledger.compact(now: usage.clock.now)
            let begin = (hours.keys.min() ?? 0) * 3600
            let history = try await usage.metering.ledger.history(
                of: usage.acme, from: begin, to: usage.clock.now + 1, by: .hour, now: usage.clock.now)
            #expect(Dictionary(uniqueKeysWithValues: history.parts.map { ($0.start / 3600, $0.used[.cpuSeconds] ?? 0) }) == hours)
            #expect(history.parts.allSatisfy { $0.plugins == [usage.probe: $0.used] })
            let months = try await usage.metering.ledger.history(
                of: usage.acme, from: begin, to: usage.clock.now + 1, by: .month, now: usage.clock.now)
            #expect(months.parts.reduce(0) { $0 + ($1.used[.cpuSeconds] ?? 0) } == total)
            let rows = try await usage.store.readRegistry { try Int.fetchOne($0, sql: "SELECT count(*) FROM usage WHERE width = 60") }
            #expect(rows ?? 0 < 300)

            try await usage.metering.ledger.compact(now: usage.clock.now + 401 * 86_400)
            #expect(try await usage.used(.cpuSeconds, by: usage.acme) == 0)
        }
    }

    @Test func `a history is bounded, and says what to ask instead`() async throws {
        try await UsageFixture.with { usage in
            let (now, ledger, acme) = (usage.clock.now, usage.metering.ledger, usage.acme)
            func refusal(from: Int64, _ bucket: UsageHistory.Bucket) async -> String? {
                await problem { try await ledger.history(of: acme, from: from, to: now, by: bucket, now: now) }?.message
            }
            #expect(await refusal(from: now, .hour) == "/to: not after /from")
            #expect(await refusal(from: now - 1501 * 3600, .hour) == "/bucket: more than 1500 parts")
            #expect(await refusal(from: now - 1501 * 60, .minute) == "/bucket: more than 1500 parts")
            let old = await problem {
                try await ledger.history(of: acme, from: now - 50 * 3600, to: now - 49 * 3600, by: .minute, now: now)
            }
            #expect(old?.message == "/from: minutes are kept apart for 48 hours")
        }
    }
}
