package import Model
package import NIOCore

struct PendingCall {
    let completion: (Result<ByteBuffer, Problem>) -> Void
    let method: String
    var deadline: NIODeadline?
    let hardDeadline: NIODeadline?
}

extension Peer {
    /// Asks the other side. `completion` is called exactly once, on the event loop: with the result's JSON text, or
    /// with the problem that the other side answered, or `deadlineExceeded`, `cancelled`, or `unreachable` where the
    /// connection ended.
    ///
    /// Fails before it returns, and sends nothing, with `retryLater` where too many calls are in flight or too many
    /// bytes are queued, `invalidInput` where the line would be over the limit, `shuttingDown` after `closeOutput` and
    /// `unreachable` after the end. When the deadline passes, the other side is sent a `cancel`.
    /// - Parameters:
    ///   - parameters: One valid JSON text, an object or an array; shared where it is large.
    ///   - hardDeadline: The latest time to which `extendDeadline` may move the deadline; nil sets no bound.
    @discardableResult
    package func call(
        _ method: String, parameters: ByteBuffer?, deadline: NIODeadline?, hardDeadline: NIODeadline? = nil,
        completion: @escaping (Result<ByteBuffer, Problem>) -> Void
    ) -> CallID {
        lastCall += 1
        let number = lastCall
        if let problem = refusal(method, parameters) {
            completion(.failure(problem))
            return CallID(number: number)
        }
        let deadline = deadline.map { min($0, hardDeadline ?? $0) }
        calls[number] = PendingCall(
            completion: completion, method: method, deadline: deadline, hardDeadline: hardDeadline)
        send(.integer(number), method: method, parameters: parameters)
        if let deadline { armTimer(deadline) }
        return CallID(number: number)
    }

    /// The identifier that the next call will have, for parameters that must name it.
    package var nextCall: MessageID { .integer(lastCall + 1) }

    /// Gives a call up without a word to the other side, and without calling its completion. A reply that comes late is
    /// dropped without a strike.
    package func forget(_ id: CallID) {
        guard calls.removeValue(forKey: id.number) != nil else { return }
        abandoned.insert(id.number)
    }

    /// Gives a call up: its completion gets `cancelled`, the other side a `cancel`. A reply that comes late is dropped
    /// without a strike. Nothing happens where the call has ended.
    package func cancel(_ id: CallID) {
        abandon(id.number, Problem(.cancelled, "the call was cancelled"))
    }

    /// Moves the deadline of a call of ours to a later time, up to its hard deadline; never to an earlier one.
    ///
    /// False where there is no such call, or where nothing moved.
    @discardableResult
    package func extendDeadline(of id: MessageID, to deadline: NIODeadline) -> Bool {
        guard case .integer(let number) = id, let call = calls[number], let current = call.deadline else {
            return false
        }
        let bounded = min(deadline, call.hardDeadline ?? deadline)
        guard bounded > current else { return false }
        // The timer stays where it is and finds the new deadline when it goes off.
        calls[number]?.deadline = bounded
        return true
    }

    /// Tells the other side something. False where it was not sent: the connection has ended, too many bytes are
    /// queued, or the line would be over the limit.
    @discardableResult
    package func notify(_ method: String, parameters: ByteBuffer?) -> Bool {
        guard state == .open, context != nil else { return false }
        let size = lineBytes(method, parameters)
        guard size <= limits.lineBytes, hasRoom(size) else { return false }
        send(nil, method: method, parameters: parameters)
        return true
    }

    func complete(_ id: MessageID, _ result: @autoclosure () -> Result<ByteBuffer, Problem>) -> Bool {
        guard case .integer(let number) = id else { return false }
        guard let call = calls.removeValue(forKey: number) else { return abandoned.remove(number) }
        call.completion(result())
        return true
    }

    private func abandon(_ number: Int64, _ problem: Problem) {
        guard let call = calls.removeValue(forKey: number) else { return }
        abandoned.insert(number)
        var parameters = ByteBuffer()
        parameters.writeStaticString("{")
        parameters.writeJSONText(cancellation.member)
        parameters.writeStaticString(":")
        parameters.writeDecimal(number)
        parameters.writeStaticString("}")
        notify(cancellation.method, parameters: parameters)
        call.completion(.failure(problem))
    }

    private func refusal(_ method: String, _ parameters: ByteBuffer?) -> Problem? {
        switch state {
        case .open: break
        case .outputClosed: return Problem(.shuttingDown, "the connection is being closed: no new calls")
        case .closed(let reason): return reason.problem
        }
        guard context != nil else { return Problem(.unreachable, "not connected") }
        guard calls.count < limits.inFlight else {
            return Problem(
                .retryLater, "too many calls in flight: \(calls.count)", hint: "call again when one of them has ended")
        }
        let size = lineBytes(method, parameters)
        guard size <= limits.lineBytes else {
            return Problem(
                .invalidInput, "too large to send: \(size) bytes, where a line has at most \(limits.lineBytes)")
        }
        guard hasRoom(size) else {
            return Problem(
                .retryLater, "too many bytes queued: \(outbox.queuedBytes)",
                hint: "the other side does not read what it is sent")
        }
        return nil
    }

    /// The length of a request's line, a few bytes more rather than less.
    private func lineBytes(_ method: String, _ parameters: ByteBuffer?) -> Int {
        80 + method.utf8.count + (parameters?.readableBytes ?? 0)
    }

    private func armTimer(_ deadline: NIODeadline) {
        guard !timer.covers(deadline), let eventLoop = context?.eventLoop else { return }
        timer.set(deadline, on: eventLoop) { self.timerWentOff() }
    }

    private func timerWentOff() {
        timer.wentOff()
        guard let eventLoop = context?.eventLoop else { return }
        let now = eventLoop.now
        var due: [Int64] = []
        for (number, call) in calls {
            if let deadline = call.deadline, deadline <= now { due.append(number) }
        }
        // Oldest first. A completion may end others, or the connection: each is looked up again.
        for number in due.sorted() {
            guard let call = calls[number] else { continue }
            abandon(number, Problem(.deadlineExceeded, "no answer to \(call.method) within its deadline"))
        }
        if let next = calls.values.lazy.compactMap(\.deadline).min() { armTimer(next) }
    }
}
