import Model
import NIOCore
import NIOEmbedded
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

@testable import Wire

struct PeerClosingTests {
    struct Broken: Error {}

    @Test func `every call ends when the other side closes, and the owner is told once, last`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        var order: [String] = []
        let peer = fixture.peer
        peer.handlers?.closed = { order.append("closed: \($0)") }
        for number in 1...3 {
            peer.call("a", parameters: nil, deadline: .now() + .seconds(1)) { result in
                if case .failure(let problem) = result { order.append("\(number): \(problem.code)") }
            }
        }
        try fixture.channel.close().wait()
        #expect(order.dropLast().sorted() == ["1: unreachable", "2: unreachable", "3: unreachable"])
        #expect(order.last == "closed: the other side closed the connection")
        fixture.advance(.seconds(10))
        #expect(order.count == 4)
    }

    @Test func `closing is told once, whatever else happens`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call()
        fixture.peer.close(.failed("first"))
        fixture.peer.close(.requested)
        fixture.channel.pipeline.fireErrorCaught(Broken())
        _ = try? fixture.channel.close().wait()
        #expect(fixture.log.closed == [.failed("first")])
        let problem = Problem(.unreachable, "the connection is closed", cause: "first")
        #expect(fixture.outcome(id) == .failure(problem))
        #expect(fixture.outcome(fixture.call()) == .failure(problem))
    }

    @Test func `what is queued is sent before it closes`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        fixture.peer.notify("bye", parameters: nil)
        fixture.peer.close(.requested)
        #expect(try fixture.sent() == [#"{"jsonrpc":"2.0","method":"bye"}"#])
        #expect(fixture.wire.closes == [.all])
    }

    @Test func `calls and notifications after the end fail at once`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        fixture.peer.close(.requested)
        #expect(fixture.problem(fixture.call()) == .unreachable)
        #expect(!fixture.peer.notify("a", parameters: nil))
        try fixture.receive(#"{"jsonrpc":"2.0","method":"log"}"#)
        #expect(fixture.log.notifications == [])
    }

    @Test func `a peer without a channel refuses calls`() {
        let peer = Peer(handlers: Peer.Handlers(request: { _ in }))
        var codes: [Problem.Code] = []
        peer.call("a", parameters: nil, deadline: nil) { if case .failure(let problem) = $0 { codes.append(problem.code) } }
        #expect(codes == [.unreachable])
    }

    @Test func `an error of the channel is the reason`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        fixture.channel.pipeline.fireErrorCaught(Broken())
        #expect(fixture.log.closed == [.failed("Broken()")])
        #expect(fixture.wire.closes == [.all])
    }

    @Test(arguments: [EPIPE, ECONNRESET]) func `a broken pipe is an end of file`(code: CInt) throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        fixture.channel.pipeline.fireErrorCaught(IOError(errnoCode: code, reason: "write"))
        #expect(fixture.log.closed == [.endOfFile])
    }

    @Test func `the last answer before the end counts, and half a line is a strike`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call()
        try fixture.channel.writeInbound(ByteBuffer(string: "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1}\nSegmentation fau"))
        try fixture.channel.close().wait()
        #expect(fixture.outcome(id) == .success("1"))
        #expect(fixture.log.strikes.map(\.description) == ["the stream ended within a line: Segmentation fau"])
        #expect(fixture.log.closed == [.endOfFile])
    }

    @Test func `what was held back is read at the end, but requests nobody can answer are dropped`() throws {
        let fixture = try PeerFixture { $0.inboundRequests = 0 }
        defer { fixture.finish() }
        let id = fixture.call()
        try fixture.ask(1)
        try fixture.ask(2)
        try fixture.receive(#"{"jsonrpc":"2.0","method":"log"}"#)
        try fixture.reply(to: id, "1")
        #expect(fixture.outcome(id) == nil)
        try fixture.channel.close().wait()
        #expect(fixture.outcome(id) == .success("1"))
        #expect(fixture.log.notifications == ["log"])
        #expect(fixture.log.requests.count == 1)
    }

    @Test func `a closed input ends the connection`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        fixture.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(fixture.log.closed == [.endOfFile])
        #expect(fixture.wire.closes == [.all])
    }

    @Test func `closing the output sends what is queued, then half-closes; answers still come in`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call()
        try fixture.ask(1)
        fixture.peer.closeOutput()
        fixture.peer.closeOutput()
        #expect(fixture.wire.closes == [.output])
        #expect(try fixture.sent().count == 1)
        #expect(fixture.problem(fixture.call()) == .shuttingDown)
        fixture.log.requests[0].respond(ByteBuffer(string: "{}"))
        #expect(!fixture.peer.notify("a", parameters: nil))
        #expect(try fixture.sent() == [])
        try fixture.reply(to: id)
        #expect(fixture.outcome(id) == .success("{}"))
        #expect(fixture.log.closed == [])
    }

    @Test func `a completion may close, cancel and call`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let peer = fixture.peer
        var ends: [String] = []
        let other = peer.call("other", parameters: nil, deadline: nil) { _ in ends.append("other") }
        peer.call("a", parameters: nil, deadline: nil) { _ in
            ends.append("a")
            peer.cancel(other)
            peer.close(.requested)
            peer.call("late", parameters: nil, deadline: nil) { _ in ends.append("late") }
        }
        try fixture.receive(#"{"jsonrpc":"2.0","id":2,"result":1}"#, #"{"jsonrpc":"2.0","method":"log"}"#)
        #expect(ends == ["a", "other", "late"])
        #expect(fixture.log.closed == [.requested])
        #expect(fixture.log.notifications == [])
    }

    @Test func `taking the peer out of its pipeline ends it`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let id = fixture.call(after: .seconds(1))
        try fixture.channel.pipeline.syncOperations.removeHandler(fixture.peer).wait()
        #expect(fixture.problem(id) == .unreachable)
        #expect(fixture.log.closed == [.requested])
        fixture.advance(.seconds(2))
        #expect(fixture.log.results[id]?.count == 1)
    }

    @Test func `a connection that has ended leaves no timer behind`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        fixture.call(after: .seconds(1000))
        #expect(fixture.peer.timer.covers(.distantFuture))
        fixture.peer.close(.requested)
        #expect(!fixture.peer.timer.covers(.distantFuture))
    }

    @Test func `a peer that has ended is given back`() throws {
        weak var weakPeer: Peer?
        do {
            let fixture = try PeerFixture()
            weakPeer = fixture.peer
            fixture.call(after: .seconds(1000))
            try fixture.ask(1)
            fixture.log.requests = []
            fixture.finish()
        }
        #expect(weakPeer == nil)
    }

    @Test func `an output that breaks while it is closed ends the connection`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let pipeline = fixture.channel.pipeline
        fixture.wire.onFlush = { pipeline.fireErrorCaught(Broken()) }
        let id = fixture.call()
        fixture.peer.closeOutput()
        #expect(fixture.log.closed == [.failed("Broken()")])
        #expect(fixture.problem(id) == .unreachable)
        #expect(fixture.problem(fixture.call()) == .unreachable)
        #expect(fixture.wire.closes == [.all])
    }

    @Test func `what cannot be sent any more is not kept`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        fixture.setWritable(false)
        for _ in 0..<10 { fixture.call("a", #"{"p":""# + String(repeating: "x", count: 10_000) + #""}"#) }
        fixture.channel.pipeline.fireErrorCaught(Broken())
        #expect(fixture.peer.queuedBytes == 0)
        #expect(try fixture.sent() == [])
    }

    @Test func `answers that can no longer be sent still make room for what the other side says`() throws {
        let fixture = try PeerFixture { $0.inboundRequests = 0 }
        defer { fixture.finish() }
        try fixture.ask(1)
        try fixture.receive(#"{"jsonrpc":"2.0","method":"log"}"#)
        fixture.peer.closeOutput()
        #expect(fixture.log.notifications == [])
        fixture.log.requests[0].respond(ByteBuffer(string: "{}"))
        fixture.channel.embeddedEventLoop.run()
        #expect(fixture.log.notifications == ["log"])
    }
}
