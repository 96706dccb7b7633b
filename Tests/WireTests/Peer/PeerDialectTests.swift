import Model
import NIOCore
import Testing

@testable import Wire

/// What other protocols than the house's own need of a peer.
struct PeerDialectTests {
    @Test func `a call that is forgotten is not told, and its late reply is no strike`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call()
        fixture.peer.forget(id)
        #expect(try fixture.sent().count == 1)
        try fixture.receive(#"{"jsonrpc":"2.0","id":1,"result":{}}"#)
        #expect(fixture.log.strikes.isEmpty)
        #expect(fixture.log.results.isEmpty)
        #expect(fixture.peer.inFlight == 0)
        try fixture.receive(#"{"jsonrpc":"2.0","id":1,"result":{}}"#)
        #expect(fixture.log.strikes.count == 1)
    }

    @Test func `the next call has the identifier that was told before it`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        for _ in 0..<3 {
            let next = fixture.peer.nextCall
            #expect(fixture.call().messageID == next)
        }
    }

    @Test func `more is borne before the opening is over than after it`() throws {
        let fixture = try PeerFixture { $0.openingStrikes = 10 }
        defer { fixture.finish() }
        for _ in 0..<9 { try fixture.receive("*** welcome ***") }
        #expect(fixture.log.closed.isEmpty)
        fixture.peer.settle()
        for _ in 0..<2 { try fixture.receive("*** welcome ***") }
        #expect(fixture.log.closed.isEmpty)
        try fixture.receive("*** welcome ***")
        #expect(fixture.log.closed.count == 1)
    }

    @Test func `a request that the protocol forbids is not answered and is a strike`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        fixture.log.onRequest = { $0.strike("nobody asked") }
        for number in 0..<3 { try fixture.receive(#"{"jsonrpc":"2.0","id":\#(number),"method":"roots/list"}"#) }
        #expect(try fixture.sent().isEmpty)
        #expect(fixture.peer.unanswered == 0)
        #expect(fixture.log.strikes.map(\.reason) == ["nobody asked", "nobody asked", "nobody asked"])
        #expect(fixture.log.closed.count == 1)
    }
}
