package import Model
import Store

extension WorkflowEngine {
    /// What becomes of a run: first as it is with all its steps, then each change once it is on disk, until the run has ended.
    /// Steps come more than once where whoever is told takes too long, never less. Throws `notFound`, `retryLater` where
    /// too many follow runs of the tenant, and what `tell` throws.
    package func follow(
        _ id: RunID, of tenant: TenantID, _ tell: (Run, [Step]) async throws -> Void
    ) async throws {
        while true {
            try Task.checkCancellation()
            let news = try watch.news(of: id, in: tenant)
            let run = try await show(id, for: tenant)
            try await tell(run, try await summaries(of: id, for: tenant))
            guard !run.state.isTerminal else { return }
            guard !isStopped else { throw Problem(.shuttingDown, "the daemon is about to end", hint: "follow again when it is back") }
            for await change in news {
                try await tell(change.run, change.steps)
                if change.run.state.isTerminal { return }
            }
        }
    }
}
