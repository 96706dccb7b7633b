import NIOCore
import Testing

@testable import Wire

struct StrikeLedgerTests {
    private func second(_ value: Int64) -> NIODeadline { .uptimeNanoseconds(1_000_000_000_000) + .seconds(value) }

    @Test func `the third strike within a minute is the last`() {
        var ledger = StrikeLedger()
        #expect(!ledger.strike(at: second(0)))
        #expect(!ledger.strike(at: second(30)))
        #expect(ledger.strike(at: second(59)))
    }

    @Test func `strikes older than a minute are forgotten`() {
        var ledger = StrikeLedger()
        for index in 0..<20 { #expect(!ledger.strike(at: second(Int64(index) * 30))) }
        #expect(ledger.strike(at: second(19 * 30 + 1)))
    }

    @Test func `limit and window can be set`() {
        var one = StrikeLedger(limit: 1, window: .seconds(1))
        #expect(one.strike(at: second(0)))
        var none = StrikeLedger(limit: 0, window: .seconds(1))
        #expect(none.strike(at: second(0)))
        var five = StrikeLedger(limit: 5, window: .milliseconds(100))
        for _ in 0..<4 { #expect(!five.strike(at: second(0))) }
        #expect(five.strike(at: second(0)))
    }
}

struct AbandonedCallsTests {
    @Test func `a late reply is known once`() {
        var calls = AbandonedCalls(capacity: 4)
        calls.insert(1)
        #expect(calls.remove(1))
        #expect(!calls.remove(1))
        #expect(!calls.remove(2))
    }

    @Test func `only the last ones are remembered`() {
        var calls = AbandonedCalls(capacity: 4)
        for number in 1...10 as ClosedRange<Int64> { calls.insert(number) }
        #expect((1...6 as ClosedRange<Int64>).allSatisfy { !calls.remove($0) })
        #expect((7...10 as ClosedRange<Int64>).allSatisfy { calls.remove($0) })
        for number in 11...14 as ClosedRange<Int64> { calls.insert(number) }
        #expect((11...14 as ClosedRange<Int64>).allSatisfy { calls.remove($0) })
    }
}
