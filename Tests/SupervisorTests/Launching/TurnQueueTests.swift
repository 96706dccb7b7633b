import Model
import Synchronization
import Testing

@testable import Supervisor

struct TurnQueueTests {
    private let flood = TenantID(unchecked: "flood")
    private let calm = TenantID(unchecked: "calm")

    @Test func `no more turns at a time than slots`() {
        var queue = TurnQueue(slots: 2)
        let turns = (0..<3).map { _ in queue.request(for: flood) }
        #expect(queue.next() == turns[0])
        #expect(queue.next() == turns[1])
        #expect(queue.next() == nil)
        queue.end(turns[1])
        queue.end(turns[1])
        #expect(queue.next() == turns[2])
        #expect(queue.next() == nil)
    }

    @Test func `a tenant with many waits behind one of another`() {
        var queue = TurnQueue(slots: 1)
        let many = (0..<100).map { _ in queue.request(for: flood) }
        let one = queue.request(for: calm)
        #expect(queue.next() == many[0])
        queue.end(many[0])
        #expect(queue.next() == one)
        queue.end(one)
        for turn in many.dropFirst() {
            #expect(queue.next() == turn)
            queue.end(turn)
        }
        #expect(queue.next() == nil)
    }

    @Test func `there is a slot even on one processor`() {
        var queue = TurnQueue(slots: 0)
        let turn = queue.request(for: calm)
        #expect(queue.next() == turn)
    }

    @Test func `whoever requested a turn gets it once, when one ends`() {
        let turns = LaunchTurns(processors: 2)
        let given = Mutex<[Int]>([])
        let last = Mutex<TurnQueue.Turn?>(nil)
        for number in 1...3 {
            turns.request(for: flood) { turn in
                given.withLock { $0.append(number) }
                last.withLock { $0 = turn }
            }
        }
        #expect(given.withLock { $0 } == [1])
        if let turn = last.withLock({ $0 }) { turns.end(turn) }
        #expect(given.withLock { $0 } == [1, 2])
    }
}
