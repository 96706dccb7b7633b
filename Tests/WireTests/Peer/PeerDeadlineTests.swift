import HostTesting
import Model
import NIOCore
import NIOEmbedded
import Testing

@testable import Wire

struct PeerDeadlineTests {
    @Test func `a call ends at its deadline and not before`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call("tool/call", after: .seconds(30))
        _ = try fixture.sent()
        fixture.advance(.milliseconds(29_999))
        #expect(fixture.outcome(id) == nil)
        fixture.advance(.milliseconds(1))
        #expect(fixture.outcome(id) == .failure(Problem(.deadlineExceeded, "no answer to tool/call within its deadline")))
        #expect(try fixture.sent() == [#"{"jsonrpc":"2.0","method":"cancel","params":{"id":1}}"#])
    }

    @Test func `each of many calls ends at its own deadline, whatever order they were made in`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        var generator = SeededGenerator(seed: 7)
        let calls = (0..<200).map { _ in
            let after = Int64(generator.below(5000) + 1)
            return (after: after, id: fixture.call(after: .milliseconds(after)))
        }
        // A call without a deadline is in nobody's way.
        let endless = fixture.call()
        for now in stride(from: Int64(50), through: 5000, by: 50) {
            fixture.advance(.milliseconds(50))
            for call in calls { #expect((fixture.outcome(call.id) != nil) == (call.after <= now)) }
        }
        #expect(fixture.outcome(endless) == nil)
        #expect(fixture.peer.inFlight == 1)
    }

    @Test func `calls that are answered in time leave the timer to the others`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let first = fixture.call(after: .seconds(1))
        let second = fixture.call(after: .seconds(2))
        try fixture.reply(to: first)
        fixture.advance(.milliseconds(1999))
        #expect(fixture.outcome(first) == .success("{}"))
        #expect(fixture.outcome(second) == nil)
        let third = fixture.call(after: .milliseconds(500))
        fixture.advance(.milliseconds(1))
        #expect(fixture.problem(second) == .deadlineExceeded)
        fixture.advance(.milliseconds(498))
        #expect(fixture.outcome(third) == nil)
        fixture.advance(.milliseconds(1))
        #expect(fixture.problem(third) == .deadlineExceeded)
    }

    @Test func `an answer after the deadline is dropped without a strike, a second one is a strike`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call(after: .seconds(1))
        fixture.advance(.seconds(1))
        try fixture.reply(to: id)
        #expect(fixture.log.strikes == [])
        try fixture.reply(to: id)
        #expect(fixture.log.strikes.map(\.kind) == [.unknownReply(.integer(1))])
        #expect(fixture.log.results[id]?.count == 1)
    }

    @Test func `a cancelled call ends at once, its late answer is no strike`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call()
        _ = try fixture.sent()
        fixture.peer.cancel(id)
        #expect(fixture.problem(id) == .cancelled)
        #expect(try fixture.sent() == [#"{"jsonrpc":"2.0","method":"cancel","params":{"id":1}}"#])
        try fixture.receive(#"{"jsonrpc":"2.0","id":1,"error":{"code":-31996,"message":"cancelled"}}"#)
        #expect(fixture.log.strikes == [])
        fixture.peer.cancel(id)
        #expect(fixture.log.results[id]?.count == 1)
        #expect(try fixture.sent() == [])
    }

    @Test func `progress moves a deadline, but never beyond the hard one`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call(after: .seconds(10), atMost: .seconds(60))
        for _ in 0..<1000 {
            fixture.advance(.milliseconds(50))
            let now = fixture.channel.embeddedEventLoop.now
            fixture.peer.extendDeadline(of: id.messageID, to: now + .seconds(10))
            fixture.peer.extendDeadline(of: id.messageID, to: now + .seconds(1000))
        }
        #expect(fixture.outcome(id) == nil)
        fixture.advance(.milliseconds(9999))
        #expect(fixture.outcome(id) == nil)
        fixture.advance(.milliseconds(1))
        #expect(fixture.problem(id) == .deadlineExceeded)
    }

    @Test func `a deadline is never moved to an earlier time, and not for a call that is not there`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let now = fixture.channel.embeddedEventLoop.now
        let id = fixture.call(after: .seconds(10))
        #expect(!fixture.peer.extendDeadline(of: id.messageID, to: now + .seconds(5)))
        #expect(!fixture.peer.extendDeadline(of: .integer(99), to: now + .seconds(50)))
        #expect(!fixture.peer.extendDeadline(of: .string("1"), to: now + .seconds(50)))
        #expect(!fixture.peer.extendDeadline(of: fixture.call().messageID, to: now + .seconds(50)))
        #expect(fixture.peer.extendDeadline(of: id.messageID, to: now + .seconds(11)))
        fixture.advance(.seconds(10))
        #expect(fixture.outcome(id) == nil)
        fixture.advance(.seconds(1))
        #expect(fixture.problem(id) == .deadlineExceeded)
    }

    @Test func `the hard deadline also bounds the first one`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call(after: .seconds(60), atMost: .seconds(10))
        fixture.advance(.seconds(10))
        #expect(fixture.problem(id) == .deadlineExceeded)
    }

    @Test func `a deadline in the past ends the call at the next turn`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        fixture.advance(.seconds(100))
        let id = fixture.call(after: .seconds(-50))
        fixture.advance(.zero)
        #expect(fixture.problem(id) == .deadlineExceeded)
    }
}
