import Model
import Testing

@testable import Tenancy

struct StorageClockTests {
    private let acme = TenantID(unchecked: "acme")
    private let other = TenantID(unchecked: "other")

    private func totals(_ clock: StorageClock) -> [TenantID: Int64] {
        Dictionary(uniqueKeysWithValues: clock.readings(source: "run-1").map { ($0.tenant, $0.total) })
    }

    @Test func `what is kept counts for the time since the last look`() {
        var clock = StorageClock()
        clock.note([acme: 4 << 30], at: .seconds(100))
        #expect(totals(clock).isEmpty, "nobody knows how long it has been there")
        clock.note([acme: 2 << 30, other: 1 << 30], at: .seconds(100 + 1800))
        #expect(totals(clock) == [acme: 1_000_000])
        clock.note([acme: 0, other: 512 << 20], at: .seconds(100 + 5400))
        #expect(totals(clock) == [acme: 1_000_000, other: 500_000])
        // A clock that stands still, or sizes that none can be, take nothing away.
        clock.note([acme: -5, other: 1 << 30], at: .seconds(0))
        #expect(totals(clock) == [acme: 1_000_000, other: 500_000])
    }

    @Test func `a look that fails takes nothing away, and the next one counts for its time`() {
        var clock = StorageClock()
        clock.note([acme: 1 << 30], at: .zero)
        clock.note([acme: 1 << 30], at: .seconds(3600))
        clock.note([:], at: .seconds(7200))
        #expect(totals(clock) == [acme: 1_000_000])
        clock.note([acme: 1 << 30], at: .seconds(10800))
        #expect(totals(clock) == [acme: 3_000_000])
    }

    @Test func `who is removed is forgotten, and another one of its name begins anew`() {
        var clock = StorageClock()
        clock.note([acme: 1 << 30], at: .zero)
        clock.note([acme: 1 << 30], at: .seconds(3600))
        clock.forget(acme)
        #expect(totals(clock).isEmpty)
        clock.note([acme: 1 << 30], at: .seconds(10800))
        #expect(totals(clock).isEmpty)
    }
}
