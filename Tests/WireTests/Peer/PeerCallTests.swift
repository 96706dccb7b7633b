import Model
import NIOCore
import NIOEmbedded
import Testing

@testable import Wire

struct PeerCallTests {
    @Test func `a call is one line and its result comes back byte for byte`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call("tool/call", #"{"name":"extract"}"#)
        #expect(try fixture.sent() == [#"{"jsonrpc":"2.0","id":1,"method":"tool/call","params":{"name":"extract"}}"#])
        #expect(fixture.peer.inFlight == 1)
        try fixture.reply(to: id, #"{ "output": [1.0] }"#)
        #expect(fixture.outcome(id) == .success(#"{ "output": [1.0] }"#))
        #expect(fixture.peer.inFlight == 0)
    }

    @Test func `a call without parameters has no params`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        fixture.call("ping", nil)
        #expect(try fixture.sent() == [#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#])
    }

    @Test func `answers may come in any order, also in the middle of a line's bytes`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let ids = (0..<4).map { _ in fixture.call() }
        for index in [2, 0, 3, 1] {
            let line = #"{"jsonrpc":"2.0","id":\#(ids[index].number),"result":\#(index)}"# + "\n"
            for byte in line.utf8 { try fixture.channel.writeInbound(ByteBuffer(bytes: [byte])) }
            #expect(fixture.outcome(ids[index]) == .success("\(index)"))
        }
    }

    @Test func `an error is the problem that the other side tells of`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call()
        try fixture.receive(#"{"jsonrpc":"2.0","id":1,"error":{"code":-31994,"message":"no such key","data":{"hint":"list them"}}}"#)
        #expect(fixture.outcome(id) == .failure(Problem(.notFound, "no such key", hint: "list them")))
    }

    @Test func `calls of one turn of the loop go out with one flush`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        for _ in 0..<100 { fixture.call() }
        #expect(fixture.wire.flushes == 0)
        #expect(try fixture.sent().count == 100)
        #expect(fixture.wire.flushes == 1)
        #expect(fixture.wire.writes.count == 1)
    }

    @Test func `calls made while a read is handled go out at its end`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let peer = fixture.peer
        for number in 1...3 {
            peer.call("a", parameters: nil, deadline: nil) { _ in
                peer.call("b\(number)", parameters: nil, deadline: nil) { _ in }
            }
        }
        _ = try fixture.sent()
        let before = fixture.wire.flushes
        try fixture.receive(
            #"{"jsonrpc":"2.0","id":1,"result":1}"#, #"{"jsonrpc":"2.0","id":2,"result":1}"#, #"{"jsonrpc":"2.0","id":3,"result":1}"#)
        #expect(fixture.wire.flushes == before + 1)
        #expect(try fixture.sent().count == 3)
        #expect(fixture.wire.flushes == before + 1)
    }

    @Test func `a notification is one line`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        #expect(fixture.peer.notify("log", parameters: ByteBuffer(string: #"{"a":1}"#)))
        #expect(try fixture.sent() == [#"{"jsonrpc":"2.0","method":"log","params":{"a":1}}"#])
    }

    @Test func `notifications of the other side are told in order`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        try fixture.receive(#"{"jsonrpc":"2.0","method":"log","params":{"n":1}}"#, #"{"jsonrpc":"2.0","method":"progress"}"#)
        #expect(fixture.log.notifications == [#"log {"n":1}"#, "progress"])
    }

    @Test func `a large payload is handed over without a copy`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let payload = ByteBuffer(string: #"{"a":""# + String(repeating: "x", count: 100_000) + #""}"#)
        fixture.peer.call("a", parameters: payload, deadline: nil) { _ in }
        fixture.call("b")
        let lines = try fixture.sent()
        #expect(lines.count == 2)
        #expect(lines[0] == #"{"jsonrpc":"2.0","id":1,"method":"a","params":"# + String(buffer: payload) + "}")
        let start = payload.withUnsafeReadableBytes { $0.baseAddress }
        #expect(fixture.wire.writes.contains { $0.withUnsafeReadableBytes { $0.baseAddress } == start })
    }

    @Test func `a large payload with line feeds is still one line`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        fixture.call("a", "[\n\"" + String(repeating: "x", count: 100_000) + "\"\n]")
        let lines = try fixture.sent()
        #expect(lines.count == 1)
        #expect(lines[0].hasPrefix(#"{"jsonrpc":"2.0","id":1,"method":"a","params":[ "x"#))
    }

    @Test func `no more calls are in flight than the limit, and room comes back with answers`() throws {
        let fixture = try PeerFixture { $0.inFlight = 3 }
        defer { fixture.finish() }
        let ids = (0..<4).map { _ in fixture.call() }
        #expect(fixture.problem(ids[3]) == .retryLater)
        #expect(try fixture.sent().count == 3)
        try fixture.reply(to: ids[1])
        let next = fixture.call()
        #expect(fixture.outcome(next) == nil)
        #expect(try fixture.sent().count == 1)
    }

    @Test func `a call that makes too long a line fails and nothing is sent`() throws {
        let fixture = try PeerFixture { $0.lineBytes = 1000 }
        defer { fixture.finish() }
        let id = fixture.call("a", #"{"a":""# + String(repeating: "x", count: 1000) + #""}"#)
        #expect(fixture.problem(id) == .invalidInput)
        #expect(!fixture.peer.notify("a", parameters: ByteBuffer(repeating: 0x20, count: 1000)))
        #expect(try fixture.sent() == [])
    }
}
