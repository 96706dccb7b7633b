import Testing

@testable import Egress

@Suite struct LookupQueueTests {
    /// Takes all questions that may be asked now.
    private static func drain(_ queue: inout LookupQueue<String, Int>) -> [String] {
        var taken: [String] = []
        while let (owner, question) = queue.next() { taken.append("\(owner)\(question)") }
        return taken
    }

    @Test func `whoever asks for more than a share is refused until answers come`() {
        var queue = LookupQueue<String, Int>(threads: 4, share: 3, atOnce: 1)
        for question in 1...3 { #expect(queue.add(question, of: "a") != nil) }
        #expect(queue.add(4, of: "a") == nil)
        #expect(queue.add(1, of: "b") != nil)
        #expect(Self.drain(&queue) == ["a1", "b1"])
        // One that is being asked is part of the share too.
        #expect(queue.add(4, of: "a") == nil)
        queue.answered("a")
        #expect(queue.add(4, of: "a") != nil)
    }

    @Test func `one whose names are slow keeps the threads for others free`() {
        var queue = LookupQueue<String, Int>(threads: 4, share: 16, atOnce: 4)
        for question in 1...16 { _ = queue.add(question, of: "slow") }
        // Half of the threads stay for others.
        #expect(Self.drain(&queue) == ["slow1", "slow2"])
        _ = queue.add(1, of: "a")
        _ = queue.add(2, of: "a")
        _ = queue.add(1, of: "b")
        #expect(Self.drain(&queue) == ["a1", "b1"])
        queue.answered("slow")
        // Whoever has nothing being asked comes before whoever has.
        _ = queue.add(1, of: "c")
        #expect(Self.drain(&queue) == ["c1"])
    }

    @Test func `turns go round among those who wait`() {
        var queue = LookupQueue<String, Int>(threads: 1, share: 16, atOnce: 1)
        for question in 1...3 { for owner in ["a", "b"] { _ = queue.add(question, of: owner) } }
        var order: [String] = []
        for _ in 1...6 {
            guard let (owner, question) = queue.next() else { break }
            order.append("\(owner)\(question)")
            #expect(queue.next() == nil)
            queue.answered(owner)
        }
        #expect(order == ["a1", "b1", "a2", "b2", "a3", "b3"])
    }

    @Test func `a question that is given up leaves its line and its share`() {
        var queue = LookupQueue<String, Int>(threads: 1, share: 2, atOnce: 1)
        _ = queue.add(1, of: "a")
        #expect(Self.drain(&queue) == ["a1"])
        guard let second = queue.add(2, of: "a") else { return #expect(Bool(false), "the share is smaller than it should be") }
        #expect(queue.add(3, of: "a") == nil)
        queue.giveUp(second, of: "a")
        #expect(queue.add(3, of: "a") != nil)
        queue.answered("a")
        #expect(Self.drain(&queue) == ["a3"])
        queue.giveUp(second, of: "a")
        queue.answered("a")
        #expect(queue.add(4, of: "a") != nil)
        #expect(Self.drain(&queue) == ["a4"])
    }
}
