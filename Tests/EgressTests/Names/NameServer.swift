import NIOCore
import NIOPosix
import Synchronization

/// A name server on the loopback address that keeps what it is asked. It knows the names that it is given, says of every
/// other that there is none, and of names that begin with `slow` nothing.
final class NameServer: Sendable {
    private let asked = Mutex<[String]>([])
    private let known: [String: [UInt8]]

    private init(_ known: [String: [UInt8]]) { self.known = known }

    var questions: [String] { asked.withLock { $0 } }

    /// `known` are addresses of version 4 by name.
    static func with(_ known: [String: [UInt8]], _ body: (NameServer, UInt16) async throws -> Void) async throws {
        let server = NameServer(known)
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler(server)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(server, UInt16(channel.localAddress!.port!))) } catch { outcome = .failure(error) }
        try await channel.close()
        try outcome.get()
    }

    /// The answer to a question (RFC 1035, section 4); nil for silence.
    private func answer(_ question: [UInt8]) -> [UInt8]? {
        guard question.count > 16 else { return nil }
        var (labels, index) = ([String](), 12)
        while index < question.count, question[index] > 0 {
            let length = Int(question[index])
            guard index + length < question.count else { return nil }
            labels.append(String(decoding: question[(index + 1)...(index + length)], as: UTF8.self))
            index += length + 1
        }
        guard index + 4 < question.count else { return nil }
        let name = labels.joined(separator: ".")
        asked.withLock { $0.append(name) }
        guard !name.hasPrefix("slow") else { return nil }
        let address = question[index + 2] == 1 ? known[name] : nil
        let status: UInt8 = known[name] == nil ? 3 : 0
        var answer = Array(question[..<2]) + [0x81, 0x80 | status, 0, 1, 0, address == nil ? 0 : 1, 0, 0, 0, 0]
        answer += question[12..<(index + 5)]
        if let address { answer += [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4] + address }
        return answer
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        private let server: NameServer
        init(_ server: NameServer) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            guard let answer = server.answer(Array(envelope.data.readableBytesView)) else { return }
            let reply = AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: answer))
            context.writeAndFlush(NIOAny(reply), promise: nil)
        }
    }
}
