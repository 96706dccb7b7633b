import Model
import Wire

/// One request on its way through the daemon: answered exactly once, and cancelled when nobody waits for it any more.
final class ControlExchange: Sendable {
    let request: InboundRequest
    private let cancellation = AsyncStream<Never>.makeStream()

    init(_ request: InboundRequest) { self.request = request }

    /// From any thread.
    func cancel() { cancellation.continuation.finish() }

    /// Runs `body` and answers with what it returns. Its task is cancelled by `cancel`.
    func run(_ body: @Sendable @escaping () async -> Result<ControlReply, Problem>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                let outcome = await body()
                self.answer(outcome)
            }
            group.addTask {
                for await _ in self.cancellation.stream {}
            }
            // Whichever ends first ends the other.
            await group.next()
            group.cancelAll()
        }
    }

    private func answer(_ outcome: Result<ControlReply, Problem>) {
        switch outcome {
        case .success(let reply): request.respond(reply.bytes)
        case .failure(let problem): request.fail(problem)
        }
    }
}
