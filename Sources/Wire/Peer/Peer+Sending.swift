import NIOCore

extension Peer {
    /// A queue that is empty takes anything, so that no limit can be set so low that nothing gets through.
    func hasRoom(_ bytes: Int) -> Bool {
        outbox.queuedBytes == 0 || outbox.queuedBytes + bytes <= limits.outboundBytes
    }

    func send(_ id: MessageID?, method: String, parameters: ByteBuffer?) {
        let start = outbox.batch.writerIndex
        outbox.batch.writeRequestHead(id, method: method)
        if let parameters {
            outbox.batch.writeStaticString(#","params":"#)
            send(payload: parameters, startedAt: start, isReply: false)
        } else {
            outbox.batch.writeMessageEnd()
            outbox.add(bytes: outbox.batch.writerIndex - start, isReply: false)
        }
        scheduleTick()
    }

    func send(result: ByteBuffer, to id: MessageID) {
        let start = outbox.batch.writerIndex
        outbox.batch.writeResultHead(id)
        send(payload: result, startedAt: start, isReply: true)
        scheduleTick()
    }

    func send(error: RemoteError, to id: MessageID) {
        let start = outbox.batch.writerIndex
        outbox.batch.writeFailure(id, error)
        outbox.add(bytes: outbox.batch.writerIndex - start, isReply: true)
        scheduleTick()
    }

    /// Finishes the line whose head is at the end of the batch.
    private func send(payload: ByteBuffer, startedAt start: Int, isReply: Bool) {
        let headBytes = outbox.batch.writerIndex - start
        if payload.readableBytes < Outbox.sharedPayloadBytes || payload.holdsLineFeed {
            outbox.batch.writePayload(payload)
        } else {
            context?.write(wrapOutboundOut(outbox.takeBatch()), promise: nil)
            context?.write(wrapOutboundOut(payload), promise: nil)
        }
        outbox.batch.writeMessageEnd()
        outbox.add(bytes: headBytes + payload.readableBytes + 2, isReply: isReply)
    }

    /// Makes sure that what is queued goes out: with the read that is being handled, else at the end of the loop's
    /// turn.
    func scheduleTick() {
        guard !reading.isActive, !isTickScheduled, let eventLoop = context?.eventLoop else { return }
        isTickScheduled = true
        eventLoop.assumeIsolated().execute {
            self.isTickScheduled = false
            self.resume()
            self.flush()
        }
    }

    func flush() {
        guard outbox.hasUnflushed, let context else { return }
        let batch = outbox.takeBatch()
        var promise: EventLoopPromise<Void>?
        if let size = outbox.hold(hasRoom: context.channel.isWritable) {
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenComplete { self.wrote(size, $0) }
            promise = written
        }
        // A write that fails may read what is left, and so come back here before it returns.
        context.writeAndFlush(wrapOutboundOut(batch), promise: promise)
        outbox.reuse(batch)
        resumeSoon()
    }

    private func wrote(_ size: Outbox.Size, _ result: Result<Void, any Error>) {
        // The end of the connection has already forgotten what was queued.
        if case .closed = state { return }
        outbox.release(size)
        if case .failure(let error) = result { shut(CloseReason(channelError: error)) } else { resumeSoon() }
    }
}
