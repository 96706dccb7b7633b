import Model
import NIOCore
import NIOEmbedded
import Testing

@testable import Wire

struct PeerStrikeTests {
    @Test func `a banner is a strike that quotes it, and the next message is read`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call()
        try fixture.receive("Starting \u{1B}[1mserver\u{1B}[0m...", #"{"jsonrpc":"2.0","id":1,"result":1}"#)
        #expect(fixture.log.strikes.map(\.description) == [
            "not JSON: unexpected character at byte 0: Starting \\u{1B}[1mserver\\u{1B}[0m..."
        ])
        #expect(fixture.outcome(id) == .success("1"))
        #expect(fixture.log.closed == [])
    }

    static let strikes = [
        "", "x", "[]", "{}", "[1,2]", "\u{FEFF}{}", #"{"jsonrpc":"2.0","id":null,"method":"a"}"#, #"{"jsonrpc":"2.0","id":1.5,"result":1}"#,
        #"{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":""}}"#, #"{"id":1,"result":1}"#, #"{"jsonrpc":"2.0","id":99,"result":1}"#,
        #"{"jsonrpc":"2.0","id":"1","result":1}"#, #"{"jsonrpc":"2.0","id":0,"result":1}"#, #"{"jsonrpc":"2.0","id":-1,"error":{"code":1,"message":""}}"#,
        #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}"#,
    ]

    @Test(arguments: strikes) func `three of them within a minute end the connection`(line: String) throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call()
        try fixture.receive(line, line)
        #expect(fixture.log.strikes.count == 2)
        #expect(fixture.log.closed == [])
        try fixture.receive(line, line, line)
        #expect(fixture.log.strikes.count == 3)
        #expect(fixture.log.closed == [.violation(fixture.log.strikes[2])])
        #expect(fixture.problem(id) == .unreachable)
        #expect(fixture.log.results[id]?.count == 1)
        #expect(fixture.wire.closes == [.all])
    }

    @Test func `strikes far apart do not end it`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        for _ in 0..<10 {
            try fixture.receive("x")
            fixture.advance(.seconds(30))
        }
        #expect(fixture.log.strikes.count == 10)
        #expect(fixture.log.closed == [])
    }

    @Test func `a repeated answer is a strike and the call has ended once`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call()
        try fixture.reply(to: id, "1")
        try fixture.reply(to: id, "2")
        #expect(fixture.log.results[id] == [.success("1")])
        #expect(fixture.log.strikes.map(\.kind) == [.unknownReply(.integer(1))])
    }

    @Test func `a request with the id of one that is not answered is a strike`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        try fixture.ask(5)
        try fixture.ask(5)
        #expect(fixture.log.requests.count == 1)
        #expect(fixture.log.strikes.map(\.kind) == [.repeatedRequest(.integer(5))])
        // The same digits as a string are another identifier.
        try fixture.receive(#"{"jsonrpc":"2.0","id":"5","method":"a"}"#)
        #expect(fixture.log.requests.count == 2)
        fixture.log.requests[0].respond(ByteBuffer(string: "1"))
        try fixture.ask(5)
        #expect(fixture.log.requests.count == 3)
        #expect(fixture.log.strikes.count == 1)
    }

    @Test(arguments: [1, 7, 64, 1000]) func `a line over the limit ends the connection without a strike`(chunk: Int) throws {
        let fixture = try PeerFixture { $0.lineBytes = 1000 }
        defer { fixture.finish() }
        let id = fixture.call()
        let line = Array(String(repeating: "x", count: 5000).utf8)
        var held = 0
        for start in stride(from: 0, to: line.count, by: chunk) {
            try fixture.channel.writeInbound(ByteBuffer(bytes: line[start..<min(start + chunk, line.count)]))
            held = max(held, fixture.peer.decoder.unfinished?.readableBytes ?? 0)
        }
        guard case .violation(let violation) = fixture.log.closed.first else { return #expect(Bool(false)) }
        #expect(violation.kind == .lineTooLong(limit: 1000))
        #expect(violation.excerpt.hasSuffix("…") && violation.excerpt.count == 201)
        #expect(held <= 1000)
        #expect(fixture.log.strikes == [])
        #expect(fixture.problem(id) == .unreachable)
        #expect(fixture.log.closed.count == 1)
    }

    @Test func `an endless flood without a line feed is not kept`() throws {
        let fixture = try PeerFixture { $0.lineBytes = 1 << 20 }
        defer { fixture.finish() }
        let chunk = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 << 10)
        for _ in 0..<(1 << 14) { try fixture.channel.writeInbound(chunk) }
        #expect(fixture.log.closed.count == 1)
        #expect(fixture.peer.decoder.unfinished == nil)
    }

    @Test func `a drain that never ends is cut off`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let line = #"{"jsonrpc":"2.0","method":"log","params":{}}"# + "\n"
        let chunk = ByteBuffer(string: String(repeating: line, count: 1000))
        // As a channel does whose write has failed: reads until nothing comes, without an end of the read in between.
        var chunks = 0
        while fixture.log.closed == [], chunks < 1000 {
            fixture.channel.pipeline.fireChannelRead(chunk)
            chunks += 1
        }
        #expect(fixture.log.closed == [.endOfFile])
        #expect(chunks < 100)
    }

    @Test func `the same amount in ordinary reads is fine`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let line = #"{"jsonrpc":"2.0","method":"log","params":{}}"# + "\n"
        let chunk = ByteBuffer(string: String(repeating: line, count: 1000))
        for _ in 0..<110 { try fixture.channel.writeInbound(chunk) }
        #expect(fixture.log.closed == [])
        #expect(fixture.log.notifications.count == 110_000)
    }
}
