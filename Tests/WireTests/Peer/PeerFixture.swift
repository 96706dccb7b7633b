import Model
import NIOCore
import NIOEmbedded

@testable import Wire

/// A peer on a channel in memory whose clock only moves when told, and what its owner was told.
final class PeerFixture {
    let channel: EmbeddedChannel
    let peer: Peer
    let wire = WireRecorder()
    let log = Log()

    /// What happened, in order.
    final class Log {
        var requests: [InboundRequest] = []
        var notifications: [String] = []
        var strikes: [ProtocolViolation] = []
        var closed: [CloseReason] = []
        var results: [Peer.CallID: [Result<String, Problem>]] = [:]
        /// Called for each request, after it was noted.
        var onRequest: (InboundRequest) -> Void = { _ in }
    }

    init(_ configure: (inout Peer.Limits) -> Void = { _ in }) throws {
        var limits = Peer.Limits()
        configure(&limits)
        let log = log
        peer = Peer(
            limits: limits,
            handlers: Peer.Handlers(
                request: { log.requests.append($0); log.onRequest($0) },
                notification: { method, parameters in
                    log.notifications.append(method + (parameters.map { " " + String(buffer: $0) } ?? ""))
                },
                strike: { log.strikes.append($0) },
                closed: { log.closed.append($0) }))
        channel = EmbeddedChannel(handlers: [wire, peer])
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
    }

    /// Whatever a test leaves open is closed, so that no channel outlives it.
    func finish() {
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    @discardableResult
    func call(
        _ method: String = "tool/call", _ parameters: String? = "{}", after deadline: TimeAmount? = nil,
        atMost hardDeadline: TimeAmount? = nil
    ) -> Peer.CallID {
        let log = log
        let noted = Noted()
        let now = channel.embeddedEventLoop.now
        let id = peer.call(
            method, parameters: parameters.map { ByteBuffer(string: $0) }, deadline: deadline.map { now + $0 },
            hardDeadline: hardDeadline.map { now + $0 }
        ) { result in
            let result = result.map { String(buffer: $0) }
            if let id = noted.id { log.results[id, default: []].append(result) } else { noted.early = result }
        }
        noted.id = id
        if let early = noted.early { log.results[id, default: []].append(early) }
        return id
    }

    private final class Noted {
        var id: Peer.CallID?
        var early: Result<String, Problem>?
    }

    /// The other side's lines, each without its `\n`.
    func receive(_ lines: String...) throws {
        try channel.writeInbound(ByteBuffer(string: lines.map { $0 + "\n" }.joined()))
    }

    func reply(to id: Peer.CallID, _ result: String = "{}") throws {
        try receive(#"{"jsonrpc":"2.0","id":\#(id.number),"result":\#(result)}"#)
    }

    func ask(_ id: Int, _ method: String = "storage/get") throws {
        try receive(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"}"#)
    }

    /// Lets a turn of the loop pass and takes the lines that went out.
    func sent() throws -> [String] {
        channel.embeddedEventLoop.run()
        var text = ""
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: buffer) }
        return text.split(separator: "\n").map(String.init)
    }

    func advance(_ time: TimeAmount) {
        channel.embeddedEventLoop.advanceTime(by: time)
    }

    /// As of a pipe whose reader has stopped reading.
    func setWritable(_ isWritable: Bool) {
        channel.isWritable = isWritable
        wire.holdsWrites = !isWritable
        channel.embeddedEventLoop.run()
    }

    func outcome(_ id: Peer.CallID) -> Result<String, Problem>? {
        log.results[id]?.first
    }

    func problem(_ id: Peer.CallID) -> Problem.Code? {
        guard case .failure(let problem) = outcome(id) else { return nil }
        return problem.code
    }
}
