import HTTPTypes
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix

/// Hummingbird by itself: every request is answered with the same bytes. `bench http` measures beside it.
package enum BareServer {
    /// Serves on a free port of the loopback address, which `isListening` gets, until the task is cancelled.
    package static func run(bytes: Int, logger: Logger, isListening: @escaping @Sendable (Int) -> Void) async throws {
        let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: bytes)
        let channel = HTTP1Channel(responder: { _, writer, _ in
            var headers = HTTPFields()
            headers[.contentType] = "text/plain"
            let response = Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
            try await writer.write(response: response.head, body: response.body)
        })
        let server = Server(
            childChannelSetup: channel,
            configuration: ServerConfiguration(address: .hostname("127.0.0.1", port: 0), backlog: 1024),
            onServerRunning: { channel in isListening(channel.localAddress?.port ?? 0) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        try await server.run()
    }
}
