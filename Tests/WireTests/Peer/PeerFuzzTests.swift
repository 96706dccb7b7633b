import HostTesting
import Model
import NIOCore
import NIOEmbedded
import Testing

@testable import Wire

/// Everything at once, with a seeded generator. The failing seed is in the test's name.
struct PeerFuzzTests {
    private static let fragments = [
        #"{"jsonrpc":"2.0","id":1,"result":{}}"#, #"{"jsonrpc":"2.0","method":"log","params":{"a":[1,2,{"b":"\u00e9"}]}}"#,
        #"{"jsonrpc":"2.0","id":"x","method":"storage/get","params":{}}"#, #"{"jsonrpc":"2.0","id":2,"error":{"code":-31991,"message":"later"}}"#,
        #"{"jsonrpc":"2.0","id":3,"method":"a","params":[[[[]]]]}"#, "[]", "{}", "null", "\u{FEFF}", "\n", "\"", "\\", "é😀",
    ]

    private func hostileBytes(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0...generator.below(4) {
            if generator.chance(30) {
                bytes += (0..<generator.below(60)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            } else {
                var fragment = Array(Self.fragments[generator.below(Self.fragments.count)].utf8)
                if generator.chance(40), !fragment.isEmpty {
                    fragment[generator.below(fragment.count)] = UInt8(truncatingIfNeeded: generator.next())
                }
                bytes += fragment
            }
            if generator.chance(70) { bytes.append(0x0A) }
        }
        return bytes
    }

    @Test(arguments: 0..<40) func `no bytes crash the peer and every call ends exactly once`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let fixture = try PeerFixture {
            $0.lineBytes = 2000
            $0.inFlight = 16
            $0.inboundRequests = 4
            $0.outboundBytes = 4000
            $0.strikes = generator.chance(50) ? 1_000_000 : 20
        }
        var ids: [Peer.CallID] = []
        for _ in 0..<1500 {
            switch generator.below(10) {
            case 0...1: ids.append(fixture.call("a", "{}", after: .milliseconds(Int64(generator.below(300)))))
            case 2: if let id = ids.randomElement(using: &generator) { fixture.peer.cancel(id) }
            case 3: fixture.advance(.milliseconds(Int64(generator.below(100))))
            case 4: if let id = ids.suffix(20).randomElement(using: &generator) { try fixture.reply(to: id) }
            case 5: fixture.log.requests.randomElement(using: &generator)?.respond(ByteBuffer(string: "{\n}"))
            case 6: fixture.setWritable(generator.chance(70))
            case 7: _ = try fixture.sent()
            default: try fixture.channel.writeInbound(ByteBuffer(bytes: hostileBytes(&generator)))
            }
            #expect(fixture.peer.queuedBytes <= 4000 + 8 * 700)
            #expect(fixture.peer.unanswered <= 5)
            #expect(fixture.peer.inFlight <= 16)
        }
        fixture.finish()
        #expect(fixture.log.closed.count == 1)
        for id in ids { #expect(fixture.log.results[id]?.count == 1) }
    }

    @Test(arguments: 0..<20) func `two peers that talk over any split understand each other`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let sides = [try PeerFixture(), try PeerFixture()]
        for side in sides {
            side.log.onRequest = { request in
                // Answers what it was asked; some questions are errors.
                if request.method == "fail" {
                    request.fail(Problem(.conflict, "as asked"))
                } else {
                    request.respond(request.parameters ?? ByteBuffer(string: "null"))
                }
            }
        }
        var expected: [(side: Int, id: Peer.CallID, result: String)] = []
        for round in 0..<300 {
            let side = generator.below(2)
            let payload = "[\(round),\"" + String(repeating: "é", count: generator.chance(5) ? 40_000 : generator.below(50)) + "\"]"
            if generator.chance(20) {
                expected.append((side, sides[side].call("fail", payload), "conflict"))
            } else {
                expected.append((side, sides[side].call("echo", payload), payload))
            }
            if generator.chance(30) { try exchange(sides, &generator) }
        }
        for _ in 0..<3 { try exchange(sides, &generator) }
        for call in expected {
            switch try #require(sides[call.side].outcome(call.id)) {
            case .success(let result): #expect(result == call.result)
            case .failure(let problem): #expect(problem.code.rawValue == call.result)
            }
            #expect(sides[call.side].log.results[call.id]?.count == 1)
        }
        for side in sides {
            #expect(side.log.strikes == [])
            side.finish()
        }
    }

    private func exchange(_ sides: [PeerFixture], _ generator: inout SeededGenerator) throws {
        for (from, to) in [(0, 1), (1, 0)] {
            sides[from].channel.embeddedEventLoop.run()
            var bytes = ByteBuffer()
            while var buffer = try sides[from].channel.readOutbound(as: ByteBuffer.self) { bytes.writeBuffer(&buffer) }
            while bytes.readableBytes > 0 {
                let length = min(bytes.readableBytes, 1 + generator.below(generator.chance(50) ? 10 : 5000))
                if let piece = bytes.readSlice(length: length) { try sides[to].channel.writeInbound(piece) }
            }
        }
    }
}
