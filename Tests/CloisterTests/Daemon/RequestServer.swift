import Egress
import Model
import NIOCore
import NIOPosix
import Synchronization

@testable import cloister

/// A server of a service that workflows call, on a port of this machine: each request is answered as the test says, or not.
final class RequestServer: Sendable {
    struct Received: Sendable {
        let head: String
        let body: String

        /// The value of a field, by its name in lower case.
        func field(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ":") }
                .map { $0.dropFirst(name.count + 1).trimmingPrefix(" ") }.map(String.init)
        }
    }

    /// What is sent back for the request with this number, from 0; nil for silence.
    typealias Answer = @Sendable (Received, Int) -> String?

    private let requests = Mutex<[Received]>([])
    private let answer: Answer
    let port: Int

    private init(_ answer: @escaping Answer, port: Int) {
        self.answer = answer
        self.port = port
    }

    var received: [Received] { requests.withLock { $0 } }

    var url: String { "http://127.0.0.1:\(port)" }

    /// For a daemon whose workflows may reach it.
    var destinations: WorkflowDestinations {
        var destinations = WorkflowDestinations()
        destinations.allowed = PrivateGrants([try? PrivateGrants.Entry("127.0.0.1:\(port)")].compactMap { $0 })
        return destinations
    }

    static func json(_ body: String, status: String = "200 OK", more: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\n\(more)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    static func with(_ answer: @escaping Answer, _ body: (RequestServer) async throws -> Void) async throws {
        let made = Mutex<RequestServer?>(nil)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(made.withLock { $0 }))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = RequestServer(answer, port: channel.localAddress?.port ?? 0)
        made.withLock { $0 = server }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(server)) } catch { outcome = .failure(error) }
        try await channel.close()
        try outcome.get()
    }

    private func reply(to request: Received) -> String? {
        let number = requests.withLock { requests in
            requests.append(request)
            return requests.count - 1
        }
        return answer(request, number)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let server: RequestServer?
        private var bytes: [UInt8] = []

        init(_ server: RequestServer?) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes += unwrapInboundIn(data).readableBytesView
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.firstRange(of: "\r\n\r\n") else { return }
            let (head, body) = (String(text[..<end.lowerBound]), String(text[end.upperBound...]))
            let request = Received(head: head, body: body)
            guard body.utf8.count >= request.field("content-length").flatMap({ Int($0) }) ?? 0 else { return }
            bytes = []
            guard let answer = server?.reply(to: request) else { return }
            context.writeAndFlush(NIOAny(ByteBuffer(string: answer)), promise: nil)
            context.close(mode: .output, promise: nil)
        }
    }
}
