import Logging
import Model
import Synchronization
import Wire

extension ControlServer {
    /// Runs one request and writes its line into the audit log.
    func perform(_ exchange: ControlExchange, on connection: ControlConnection) async -> Result<ControlReply, Problem> {
        let start = ContinuousClock.now
        state.withLock { $0.inFlight += 1 }
        var audit = RequestAudit(method: exchange.request.method, caller: connection.caller)
        let outcome: Result<ControlReply, Problem>
        do {
            let request = try accept(exchange)
            audit.request = request
            defer { state.withLock { $0.endless[ObjectIdentifier(exchange)] = nil } }
            let stream = ControlStream { try await connection.send($0, for: exchange) }
            outcome = .success(try await handler.handle(request, from: connection.caller, stream: stream))
        } catch {
            outcome = .failure(problem(for: error, method: exchange.request.method))
        }
        audit.write(outcome, after: ContinuousClock.now - start, to: logger)
        state.withLock { state in
            state.inFlight -= 1
            if state.inFlight == 0 { state.quiet?.finish() }
        }
        return outcome
    }

    private func accept(_ exchange: ControlExchange) throws(Problem) -> ControlRequest {
        let method = try ControlMethod(named: exchange.request.method)
        let isDraining = state.withLock { $0.isDraining }
        try method.check(in: isDraining ? .draining : daemonState())
        let request = try ControlRequest(method, parameters: exchange.request.parameters)
        guard request.isEndless else { return request }
        let isRefused = state.withLock { state in
            if !state.isDraining { state.endless[ObjectIdentifier(exchange)] = exchange }
            return state.isDraining
        }
        if isRefused { throw Problem(.shuttingDown, "the daemon is stopping: nothing new will come") }
        return request
    }

    private func problem(for error: any Error, method: String) -> Problem {
        guard error is CancellationError else { return Problem(wrapping: error, doing: "\(method) failed") }
        return state.withLock(\.isDraining)
            ? Problem(.shuttingDown, "the daemon is stopping: \(method) was cancelled", hint: "call again when it has started again")
            : Problem(.cancelled, "\(method) was cancelled")
    }
}
