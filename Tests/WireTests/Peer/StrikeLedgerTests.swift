import NIOCore
import Testing

@testable import Wire

struct StrikeLedgerTests {
    /// A ledger that expectations can call.
    private final class Strikes {
        private var ledger: StrikeLedger

        init(_ ledger: StrikeLedger = StrikeLedger()) { self.ledger = ledger }

        func strike(at time: NIODeadline) -> Bool { ledger.strike(at: time) }
    }

    private func second(_ value: Int64) -> NIODeadline { .uptimeNanoseconds(1_000_000_000_000) + .seconds(value) }

    @Test func `the third strike within a minute is the last`() {
        let ledger = Strikes()
        #expect(!ledger.strike(at: second(0)))
        #expect(!ledger.strike(at: second(30)))
        #expect(ledger.strike(at: second(59)))
    }

    @Test func `strikes older than a minute are forgotten`() {
        let ledger = Strikes()
        for index in 0..<20 { #expect(!ledger.strike(at: second(Int64(index) * 30))) }
        #expect(ledger.strike(at: second(19 * 30 + 1)))
    }

    @Test func `limit and window can be set`() {
        let one = Strikes(StrikeLedger(limit: 1, window: .seconds(1)))
        #expect(one.strike(at: second(0)))
        let none = Strikes(StrikeLedger(limit: 0, window: .seconds(1)))
        #expect(none.strike(at: second(0)))
        let five = Strikes(StrikeLedger(limit: 5, window: .milliseconds(100)))
        for _ in 0..<4 { #expect(!five.strike(at: second(0))) }
        #expect(five.strike(at: second(0)))
    }
}

struct AbandonedCallsTests {
    /// Calls that expectations can take out.
    private final class Calls {
        private var calls: AbandonedCalls

        init(capacity: Int) { calls = AbandonedCalls(capacity: capacity) }

        func insert(_ number: Int64) { calls.insert(number) }
        func remove(_ number: Int64) -> Bool { calls.remove(number) }
    }

    @Test func `a late reply is known once`() {
        let calls = Calls(capacity: 4)
        calls.insert(1)
        #expect(calls.remove(1))
        #expect(!calls.remove(1))
        #expect(!calls.remove(2))
    }

    @Test func `only the last ones are remembered`() {
        let calls = Calls(capacity: 4)
        for number in 1...10 as ClosedRange<Int64> { calls.insert(number) }
        #expect((1...6 as ClosedRange<Int64>).allSatisfy { !calls.remove($0) })
        #expect((7...10 as ClosedRange<Int64>).allSatisfy { calls.remove($0) })
        for number in 11...14 as ClosedRange<Int64> { calls.insert(number) }
        #expect((11...14 as ClosedRange<Int64>).allSatisfy { calls.remove($0) })
    }
}
