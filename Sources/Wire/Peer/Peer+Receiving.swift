import Model
package import NIOCore

/// Where a peer stands with what it reads.
struct Reading {
    /// Between the first bytes of a read and its end.
    var isActive = false
    /// Lines are being handled; handlers may come back here.
    var isDraining = false
    /// The channel asked for more and was not let through.
    var isPaused = false
    /// Bytes since the last end of a read.
    var bytes = 0

    /// More than this without an end is no read but an endless drain: see `channelRead`.
    static let maximumBytes = 4 << 20
}

struct PendingRequest {
    let serial: UInt64
    let bytes: Int
}

extension Peer {
    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .closed = state { return }
        let bytes = unwrapInboundIn(data)
        reading.isActive = true
        reading.bytes += bytes.readableBytes
        decoder.append(bytes)
        drain()
        // A channel whose write failed reads all that is left before it closes, and other connections wait meanwhile.
        // A child that closes its input and writes without end would keep it there for ever.
        if reading.bytes > Reading.maximumBytes { shut(.endOfFile) }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        reading.isActive = false
        reading.bytes = 0
        flush()
        resumeSoon()
    }

    /// The channel wants to read. It may not while the other side has asked more than it lets us answer.
    package func read(context: ChannelHandlerContext) {
        if mustPause {
            reading.isPaused = true
        } else {
            context.read()
        }
    }

    private var mustPause: Bool {
        requests.count > limits.inboundRequests || requestBytes > limits.inboundBytes
            || outbox.replyBytes > limits.outboundBytes / 2
    }

    /// To be called wherever a reason to pause may have gone. Not at once, for that would handle lines within an
    /// answer.
    func resumeSoon() {
        if reading.isPaused, !mustPause { scheduleTick() }
    }

    /// Goes on where reading was paused, if it may.
    func resume() {
        guard reading.isPaused, !mustPause else { return }
        drain()
        guard !mustPause, let context else { return }
        reading.isPaused = false
        context.read()
    }

    private var isClosed: Bool { if case .closed = state { true } else { false } }

    private func drain() {
        guard !reading.isDraining else { return }
        reading.isDraining = true
        defer { reading.isDraining = false }
        while !isClosed {
            // What is left stays in the decoder, and no more is read until it has been handled.
            guard !mustPause else {
                reading.isPaused = true
                return
            }
            do throws(ProtocolViolation) {
                guard let line = try decoder.next() else { return }
                try take(line)
            } catch {
                strike(error)
            }
        }
    }

    /// Handles what was read before the stream ended. Requests are not: nobody is there to be answered.
    func drainAtEnd() {
        guard !reading.isDraining else { return }
        reading.isDraining = true
        defer { reading.isDraining = false }
        while !isClosed {
            do throws(ProtocolViolation) {
                guard let line = try decoder.next() else { break }
                let envelope = try Envelope.parse(line, keys: &keys)
                if case .request = envelope { continue }
                try handle(envelope, line)
            } catch {
                strike(error)
            }
        }
        if !isClosed, let unfinished = decoder.unfinished {
            strike(ProtocolViolation(.unfinishedLine, quoting: unfinished))
        }
    }

    private func take(_ line: ByteBuffer) throws(ProtocolViolation) {
        try handle(try Envelope.parse(line, keys: &keys), line)
    }

    private func handle(_ envelope: Envelope, _ line: ByteBuffer) throws(ProtocolViolation) {
        switch envelope {
        case .result(let id, let result):
            guard complete(id, .success(result)) else { throw ProtocolViolation(.unknownReply(id), quoting: line) }
        case .failure(let id?, let error):
            guard complete(id, .failure(error.problem)) else {
                throw ProtocolViolation(.unknownReply(id), quoting: line)
            }
        case .failure(nil, let error):
            throw ProtocolViolation(.notAMessage("an error that names no request: \(error.code)"), quoting: line)
        case .notification(let method, let parameters):
            handlers?.notification(method, parameters)
        case .request(let id, let method, let parameters):
            guard let eventLoop = context?.eventLoop else { return }
            guard requests[id] == nil else { throw ProtocolViolation(.repeatedRequest(id), quoting: line) }
            lastRequest += 1
            requests[id] = PendingRequest(serial: lastRequest, bytes: line.readableBytes)
            requestBytes += line.readableBytes
            handlers?.request(
                InboundRequest(
                    id: id, method: method, parameters: parameters, serial: lastRequest,
                    peer: NIOLoopBound(self, eventLoop: eventLoop), eventLoop: eventLoop))
        }
    }

    private func strike(_ violation: ProtocolViolation) {
        if case .lineTooLong = violation.kind { return shut(.violation(violation)) }
        let now = context?.eventLoop.now ?? .now()
        handlers?.strike(violation)
        if strikes.strike(at: now) { shut(.violation(violation)) }
    }

    func reject(_ id: MessageID, serial: UInt64, _ reason: String) {
        guard let request = requests[id], request.serial == serial else { return }
        requests[id] = nil
        requestBytes -= request.bytes
        resumeSoon()
        if !isClosed { strike(ProtocolViolation(.forbidden(reason), quoting: ByteBuffer())) }
    }

    func answer(_ id: MessageID, serial: UInt64, with answer: Result<ByteBuffer, RemoteError>) {
        guard let request = requests[id], request.serial == serial else { return }
        requests[id] = nil
        requestBytes -= request.bytes
        resumeSoon()
        guard state == .open else { return }
        switch answer {
        case .failure(let error): send(error: error, to: id)
        case .success(let result):
            // What is added to the payload: the frame, and an identifier whose every byte may need six.
            let size = result.readableBytes + 40 + 6 * MessageID.maximumBytes
            if size > limits.lineBytes {
                let problem = Problem(
                    .quotaExceeded, "the result is too large to send: \(result.readableBytes) bytes, "
                        + "where a line has at most \(limits.lineBytes)")
                send(error: RemoteError(problem), to: id)
            } else if !hasRoom(size) {
                let problem = Problem(
                    .retryLater, "too many bytes queued: \(outbox.queuedBytes)",
                    hint: "read the answers, then ask again")
                send(error: RemoteError(problem), to: id)
            } else {
                send(result: result, to: id)
            }
        }
    }
}
