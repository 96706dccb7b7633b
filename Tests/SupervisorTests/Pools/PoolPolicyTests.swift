import Testing

@testable import Supervisor

struct PoolPolicyTests {
    private let policy = PoolPolicy(maximum: 3, spare: 0, idleStop: .seconds(60))

    @Test func `a call goes to the least busy instance, the first among equals`() {
        #expect(policy.slotForCall([.stopped, .ready(inFlight: 2), .ready(inFlight: 1), .ready(inFlight: 1)]) == 2)
        #expect(policy.slotForCall([.ready(inFlight: 0), .ready(inFlight: 0)]) == 0)
    }

    @Test func `a call waits when every instance is full, starting or gone`() {
        let full = PoolPolicy.Slot.ready(inFlight: policy.concurrency)
        #expect(policy.slotForCall([full, .starting, .unavailable, .quarantined, .stopped]) == nil)
    }

    @Test(arguments: [
        ([.stopped, .stopped, .stopped], 0, []),
        ([.stopped, .stopped, .stopped], 1, [0]),
        ([.stopped, .stopped, .stopped], 2, [0, 1]),
        ([.stopped, .stopped, .stopped], 9, [0, 1, 2]),
        ([.starting, .stopped, .stopped], 1, []),
        ([.ready(inFlight: 1), .stopped, .stopped], 0, []),
        ([.ready(inFlight: 2), .stopped, .stopped], 0, [1]),
        ([.ready(inFlight: 2), .starting, .stopped], 0, []),
        ([.ready(inFlight: 2), .ready(inFlight: 0), .stopped], 0, []),
        ([.quarantined, .unavailable, .stopped], 1, [2]),
        ([.quarantined, .unavailable, .quarantined], 5, []),
    ] as [([PoolPolicy.Slot], Int, [Int])])
    func `instances are started as demand asks`(slots: [PoolPolicy.Slot], waiting: Int, expected: [Int]) {
        #expect(policy.slotsToStart(slots, waiting: waiting) == expected)
    }

    @Test func `spare instances are kept warm beside the busy ones`() {
        let policy = PoolPolicy(maximum: 4, spare: 2, idleStop: .seconds(60))
        #expect(policy.slotsToStart([.stopped, .stopped, .stopped, .stopped], waiting: 0) == [0, 1])
        #expect(policy.slotsToStart([.ready(inFlight: 1), .ready(inFlight: 0), .stopped, .stopped], waiting: 0) == [2])
    }

    @Test func `an idle instance is stopped after its time unless it is spare`() {
        let policy = PoolPolicy(maximum: 4, spare: 1, idleStop: .seconds(60))
        #expect(policy.stopsIdle(after: .seconds(60), idle: 2))
        #expect(!policy.stopsIdle(after: .seconds(59), idle: 2))
        #expect(!policy.stopsIdle(after: .seconds(600), idle: 1))
    }
}
