import Testing

@testable import Web

struct RequestPaceTests {
    private let start = ContinuousClock.now

    private func pace() -> RequestPace { RequestPace(WebSettings.Times(), now: start) }

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test func `the first head must come in time`() {
        var pace = pace()
        #expect(pace.handle(.tick, at: at(9.9)) == .fine)
        #expect(pace.handle(.tick, at: at(10)) == .tooSlow)
    }

    @Test func `between requests a connection may rest, but not for ever`() {
        var pace = pace()
        _ = pace.handle(.head, at: at(1))
        _ = pace.handle(.end, at: at(1))
        // However long the answer takes, it is not the client's time.
        #expect(pace.handle(.tick, at: at(500)) == .fine)
        _ = pace.handle(.answered, at: at(500))
        #expect(pace.handle(.tick, at: at(559)) == .fine)
        #expect(pace.handle(.tick, at: at(560)) == .idle)
    }

    @Test func `only the time in which a body is waited for counts`() {
        var pace = pace()
        _ = pace.handle(.head, at: at(0))
        // Nothing is asked of the client for an hour.
        #expect(pace.handle(.tick, at: at(3600)) == .fine)
        _ = pace.handle(.wanted, at: at(3600))
        #expect(pace.handle(.tick, at: at(3609)) == .fine)
        _ = pace.handle(.body(1), at: at(3609))
        _ = pace.handle(.wanted, at: at(3609))
        #expect(pace.handle(.tick, at: at(3611)) == .tooSlow)
    }

    @Test func `a body that comes fast enough may take as long as it likes`() {
        var pace = pace()
        _ = pace.handle(.head, at: at(0))
        for second in 0..<1000 {
            _ = pace.handle(.wanted, at: at(Double(second)))
            _ = pace.handle(.body(1100), at: at(Double(second) + 1))
            #expect(pace.handle(.tick, at: at(Double(second) + 1)) == .fine)
        }
    }

    @Test func `a client that takes nothing of its answer is given up`() {
        var pace = pace()
        _ = pace.handle(.head, at: at(0))
        _ = pace.handle(.end, at: at(0))
        _ = pace.handle(.writable(false), at: at(1))
        #expect(pace.handle(.tick, at: at(30)) == .fine)
        _ = pace.handle(.writable(true), at: at(30))
        _ = pace.handle(.writable(false), at: at(31))
        #expect(pace.handle(.tick, at: at(60)) == .fine)
        #expect(pace.handle(.tick, at: at(61)) == .tooSlow)
    }

    @Test func `a body that nobody reads after the answer does not keep its connection for ever`() {
        var pace = pace()
        _ = pace.handle(.head, at: at(0))
        _ = pace.handle(.body(1000), at: at(0))
        _ = pace.handle(.answered, at: at(1))
        #expect(pace.handle(.tick, at: at(10.9)) == .fine)
        #expect(pace.handle(.tick, at: at(11)) == .tooSlow)
    }

    @Test func `what comes after the answer is taken only so far`() {
        var pace = pace()
        _ = pace.handle(.head, at: at(0))
        _ = pace.handle(.answered, at: at(0))
        #expect(pace.handle(.body(RequestPace.spillLimit), at: at(0)) == .fine)
        #expect(pace.handle(.body(1), at: at(0)) == .tooSlow)
    }
}
