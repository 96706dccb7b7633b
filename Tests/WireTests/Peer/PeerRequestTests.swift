import Model
import NIOCore
import NIOEmbedded
import Testing

@testable import Wire

struct PeerRequestTests {
    @Test func `a request is answered with its own identifier`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        try fixture.receive(#"{"jsonrpc":"2.0","id":"a-1","method":"storage/get","params":{"key":"k"}}"#)
        let request = try #require(fixture.log.requests.first)
        #expect(request.id == .string("a-1"))
        #expect(request.method == "storage/get")
        #expect(request.parameters == ByteBuffer(string: #"{"key":"k"}"#))
        request.respond(ByteBuffer(string: #"{"value":1}"#))
        #expect(try fixture.sent() == [#"{"jsonrpc":"2.0","id":"a-1","result":{"value":1}}"#])
    }

    @Test func `a problem becomes an error with its code`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        try fixture.ask(1)
        fixture.log.requests[0].fail(Problem(.permissionDenied, "storage: read is not granted", hint: "add it"))
        let sent = try fixture.sent()
        #expect(sent.count == 1)
        #expect(sent[0].hasPrefix(#"{"jsonrpc":"2.0","id":1,"error":{"code":-31999,"message":"storage: read is not granted","data":{"#))
        try fixture.ask(2, "no/such")
        fixture.log.requests[1].failUnknownMethod()
        #expect(try fixture.sent()[0].hasPrefix(#"{"jsonrpc":"2.0","id":2,"error":{"code":-32601,"message":"unknown method: no\/such""#.replacing("\\/", with: "/")))
    }

    @Test func `only the first answer counts, also when the identifier is in use again`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        try fixture.ask(1)
        let first = fixture.log.requests[0]
        first.respond(ByteBuffer(string: "1"))
        first.respond(ByteBuffer(string: "2"))
        first.fail(Problem(.conflict, "x"))
        #expect(try fixture.sent() == [#"{"jsonrpc":"2.0","id":1,"result":1}"#])
        try fixture.ask(1)
        first.respond(ByteBuffer(string: "3"))
        #expect(try fixture.sent() == [])
        fixture.log.requests[1].respond(ByteBuffer(string: "4"))
        #expect(try fixture.sent() == [#"{"jsonrpc":"2.0","id":1,"result":4}"#])
    }

    @Test func `answers given while a read is handled go out with one flush`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        fixture.log.onRequest = { $0.respond(ByteBuffer(string: "{}")) }
        let before = fixture.wire.flushes
        try fixture.receive(#"{"jsonrpc":"2.0","id":1,"method":"a"}"#, #"{"jsonrpc":"2.0","id":2,"method":"a"}"#)
        #expect(fixture.wire.flushes == before + 1)
        #expect(try fixture.sent().count == 2)
    }

    @Test func `a result that makes too long a line becomes an error`() throws {
        let fixture = try PeerFixture { $0.lineBytes = 2000 }
        defer { fixture.finish() }
        try fixture.ask(1)
        fixture.log.requests[0].respond(ByteBuffer(string: "\"" + String(repeating: "x", count: 2000) + "\""))
        let sent = try fixture.sent()
        #expect(sent.count == 1 && sent[0].contains("-31998") && sent[0].utf8.count <= 2000)
    }

    @Test func `an answer may come from any thread`() async throws {
        let channel = NIOAsyncTestingChannel()
        try await channel.testingEventLoop.executeInContext {
            let peer = Peer(handlers: Peer.Handlers(request: { request in
                Task.detached { request.respond(ByteBuffer(string: "7")) }
            }))
            try channel.pipeline.syncOperations.addHandler(peer)
        }
        try await channel.connect(to: SocketAddress(unixDomainSocketPath: "/x"))
        try await channel.writeInbound(ByteBuffer(string: "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}\n"))
        let sent = try await channel.waitForOutboundWrite(as: ByteBuffer.self)
        #expect(String(buffer: sent) == "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":7}\n")
        _ = try await channel.finish()
    }

    @Test func `an answer after the end is ignored`() throws {
        let fixture = try PeerFixture()
        defer { fixture.finish() }
        try fixture.ask(1)
        fixture.peer.close(.requested)
        fixture.log.requests[0].respond(ByteBuffer(string: "{}"))
        #expect(try fixture.sent() == [])
    }
}
