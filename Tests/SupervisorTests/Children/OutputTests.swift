import Testing

@testable import Supervisor

struct OutputTests {
    @Test func `the tail keeps the end and stays bounded`() {
        var tail = OutputTail()
        for number in 0..<100_000 { tail.append(Array("line \(number)\n".utf8)) }
        #expect(tail.total > 1_000_000)
        #expect(tail.lines(2) == ["line 99998", "line 99999"])
        #expect(tail.lines(.max).map(\.utf8.count).reduce(0, +) <= OutputTail.limit)
    }

    @Test func `one write larger than the limit leaves its end`() {
        var tail = OutputTail()
        tail.append(repeatElement(UInt8(ascii: "a"), count: 1 << 20))
        #expect(tail.lines(1).first?.utf8.count == OutputTail.limit)
    }

    @Test func `text for a terminal has no control characters`() {
        #expect(OutputTail.printable(Array("\u{1B}[31mred\r\tdone\u{7F}\u{9B}".utf8)) == "\u{FFFD}[31mred\u{FFFD}\tdone\u{FFFD}\u{FFFD}")
        #expect(OutputTail.printable([0xFF, 0x41]) == "\u{FFFD}A")
    }

    @Test func `a flood of lines spends the budget, which fills again with time`() {
        var budget = LineBudget(perSecond: 10, burst: 5)
        #expect((0..<100).count { _ in budget.spend(at: .zero) } == 5)
        #expect(budget.takeSuppressed() == 95)
        #expect(budget.takeSuppressed() == 0)
        #expect((0..<100).count { _ in budget.spend(at: .milliseconds(300)) } == 3)
    }

    @Test func `a log is bounded by entries and by bytes`() {
        var log = ChildLog()
        for number in 0..<10_000 { log.append("entry \(number)", source: .errors, instance: 1, at: 0) }
        #expect(log.entries(after: 0).count <= ChildLog.entryLimit)
        #expect(log.entries(after: 0).last?.text == "entry 9999")
        for _ in 0..<1000 {
            log.append(String(repeating: "x", count: 100_000), source: .log, instance: 1, at: 0)
        }
        #expect(log.entries(after: 0).map(\.text.utf8.count).reduce(0, +) <= ChildLog.byteLimit)
    }

    @Test func `a reader who names what it has seen gets only what came after`() {
        var log = ChildLog()
        for number in 1...5 { log.append("\(number)", source: .log, instance: 1, at: 0) }
        #expect(log.entries(after: 3).map(\.text) == ["4", "5"])
        #expect(log.entries(after: 0, last: 2).map(\.text) == ["4", "5"])
    }

    @Test(arguments: [
        (["file:///plugin/main.mjs:3", "  awiat f()", "SyntaxError: no", "    at a (b:1)", "    at c (d:2)", "Node.js v20"],
            "file:///plugin/main.mjs:3 |   awiat f() | SyntaxError: no | Node.js v20"),
        (["1", "2", "3", "4", "5", "6"], "2 | 3 | 4 | 5 | 6"), (["\tat Main.main(Main.java:1)"], "\tat Main.main(Main.java:1)"),
        ([], nil),
    ] as [([String], String?)])
    func `the end of a child is summed up by the lines that tell the reason`(lines: [String], summary: String?) {
        #expect(ChildRecord.End(reason: ExitReason(.exited, "exited 1"), time: 0, errors: lines).summary == summary)
    }
}
