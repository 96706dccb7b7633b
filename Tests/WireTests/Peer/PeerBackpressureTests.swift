import Model
import NIOCore
import NIOEmbedded
import Testing

@testable import Wire

struct PeerBackpressureTests {
    private func request(_ id: Int, _ padding: Int = 0) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"a","params":{"p":""# + String(repeating: "x", count: padding) + #""}}"#
    }

    @Test func `no more requests are taken than may wait, even out of one read`() throws {
        let fixture = try PeerFixture { $0.inboundRequests = 4 }
        defer { fixture.finish() }
        try fixture.channel.writeInbound(ByteBuffer(string: (1...20).map { request($0) + "\n" }.joined()))
        #expect(fixture.log.requests.count == 5)
        let reads = fixture.wire.reads
        fixture.channel.read()
        #expect(fixture.wire.reads == reads)
        var answered = 0
        while answered < fixture.log.requests.count {
            fixture.log.requests[answered].respond(ByteBuffer(string: "{}"))
            answered += 1
            fixture.channel.embeddedEventLoop.run()
            #expect(fixture.peer.unanswered <= 5)
        }
        #expect(answered == 20)
        #expect(fixture.wire.reads > reads)
        #expect(try fixture.sent().count == 20)
        #expect(fixture.log.requests.map(\.id) == (1...20).map { MessageID.integer($0) })
    }

    @Test func `answers given at once need no pause`() throws {
        let fixture = try PeerFixture { $0.inboundRequests = 4 }
        defer { fixture.finish() }
        fixture.log.onRequest = { $0.respond(ByteBuffer(string: "{}")) }
        try fixture.channel.writeInbound(ByteBuffer(string: (1...200).map { request($0) + "\n" }.joined()))
        #expect(try fixture.sent().count == 200)
    }

    @Test func `answers that are taken at once hold nothing up, however many one read asks for`() throws {
        let fixture = try PeerFixture { $0.outboundBytes = 10_000 }
        defer { fixture.finish() }
        fixture.log.onRequest = { $0.respond(ByteBuffer(string: "\"" + String(repeating: "y", count: 1000) + "\"")) }
        try fixture.channel.writeInbound(ByteBuffer(string: (1...100).map { request($0) + "\n" }.joined()))
        #expect(fixture.log.requests.count < 10)
        #expect(try fixture.sent().count == 100)
    }

    @Test func `what comes while a line is handled waits its turn`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        let pipeline = fixture.channel.pipeline
        let log = fixture.log
        var seen: [Int] = []
        fixture.log.onRequest = { request in
            guard log.requests.count < 1000 else { return }
            pipeline.fireChannelRead(ByteBuffer(string: self.request(log.requests.count + 1) + "\n"))
            seen.append(log.requests.count)
            request.respond(ByteBuffer(string: "{}"))
        }
        try fixture.receive(request(1))
        #expect(seen == Array(1..<1000))
    }

    @Test func `large requests stop the reading sooner`() throws {
        let fixture = try PeerFixture { $0.inboundBytes = 10_000 }
        defer { fixture.finish() }
        for id in 1...10 { try fixture.receive(request(id, 4000)) }
        #expect(fixture.log.requests.count == 3)
        fixture.log.requests[0].respond(ByteBuffer(string: "{}"))
        fixture.channel.embeddedEventLoop.run()
        #expect(fixture.log.requests.count == 4)
    }

    @Test func `the answers of the other side are read on while its requests may still come`() throws {
        let fixture = try PeerFixture { $0.inboundRequests = 4 }
        defer { fixture.finish() }
        let id = fixture.call()
        for request in 1...4 { try fixture.receive(self.request(request)) }
        try fixture.reply(to: id)
        #expect(fixture.outcome(id) == .success("{}"))
    }

    @Test func `answers that are not read stop the reading, and reading them starts it again`() throws {
        let fixture = try PeerFixture { $0.outboundBytes = 10_000 }
        defer { fixture.finish() }
        fixture.log.onRequest = { $0.respond(ByteBuffer(string: "\"" + String(repeating: "y", count: 1000) + "\"")) }
        fixture.setWritable(false)
        for id in 1...50 { try fixture.receive(request(id)) }
        #expect(fixture.log.requests.count < 10)
        #expect(fixture.peer.queuedBytes < 10_000)
        let reads = fixture.wire.reads
        fixture.channel.read()
        #expect(fixture.wire.reads == reads)
        for _ in 0..<20 where fixture.log.requests.count < 50 { fixture.setWritable(true) }
        #expect(fixture.log.requests.count == 50)
        #expect(fixture.wire.reads > reads)
    }

    @Test func `a result for which there is no room becomes a small error`() throws {
        let fixture = try PeerFixture { $0.outboundBytes = 10_000 }
        defer { fixture.finish() }
        fixture.setWritable(false)
        for id in 1...3 { try fixture.receive(request(id)) }
        for request in fixture.log.requests { request.respond(ByteBuffer(string: "\"" + String(repeating: "y", count: 6000) + "\"")) }
        fixture.setWritable(true)
        let sent = try fixture.sent()
        #expect(sent.filter { $0.contains("-31991") }.count == 2)
        #expect(sent.filter { $0.contains("retryAfterMs") }.count == 2)
    }

    @Test func `calls fail with retry later when the other side does not read, and their deadlines still come`() throws {
        let fixture = try PeerFixture { $0.outboundBytes = 10_000 }
        defer { fixture.finish() }
        fixture.setWritable(false)
        let parameters = #"{"p":""# + String(repeating: "x", count: 900) + #""}"#
        var waiting: [Peer.CallID] = []
        var refused = 0
        for _ in 0..<100 {
            let id = fixture.call("a", parameters, after: .seconds(30))
            if fixture.problem(id) == .retryLater { refused += 1 } else { waiting.append(id) }
            _ = try fixture.sent()
        }
        #expect(waiting.count == 9 || waiting.count == 10)
        #expect(refused == 100 - waiting.count)
        #expect(fixture.peer.queuedBytes <= 10_000)
        fixture.advance(.seconds(30))
        for id in waiting { #expect(fixture.problem(id) == .deadlineExceeded) }
        #expect(fixture.peer.queuedBytes <= 10_000)
        fixture.setWritable(true)
        #expect(fixture.peer.queuedBytes == 0)
        let next = fixture.call("a", parameters)
        #expect(fixture.outcome(next) == nil)
    }

    @Test func `a queue that is never empty but moves refuses nothing`() throws {
        let fixture = try PeerFixture {
            $0.outboundBytes = 50_000
            $0.inFlight = 5000
        }
        defer { fixture.finish() }
        fixture.setWritable(false)
        let parameters = #"{"p":""# + String(repeating: "x", count: 4000) + #""}"#
        for round in 0..<1000 {
            let id = fixture.call("a", parameters)
            #expect(fixture.outcome(id) == nil)
            _ = try fixture.sent()
            if round >= 5 { fixture.wire.releaseOne() }
        }
        #expect(fixture.peer.queuedBytes > 0)
    }

    @Test func `cancelling without end does not fill the queue`() throws {
        let fixture = try PeerFixture { $0.outboundBytes = 5000 }
        defer { fixture.finish() }
        fixture.setWritable(false)
        for _ in 0..<1000 {
            fixture.peer.cancel(fixture.call())
            _ = try fixture.sent()
        }
        #expect(fixture.peer.queuedBytes <= 5000)
        #expect(!fixture.peer.notify("log", parameters: ByteBuffer(repeating: 0x20, count: 200)))
    }

    @Test func `an empty queue takes a call that is larger than the queue may be`() throws {
        let fixture = try PeerFixture { $0.outboundBytes = 100 }
        defer { fixture.finish() }
        let id = fixture.call("a", #"{"p":""# + String(repeating: "x", count: 900) + #""}"#)
        #expect(fixture.outcome(id) == nil)
        #expect(try fixture.sent().count == 1)
    }
}
