package import Model
import Store

extension WorkflowEngine {
    /// What became of one run that was to be repeated.
    package struct Replayed: Sendable {
        package let run: RunID
        package let outcome: Result<RunID, Problem>
    }

    /// Repeats the failed runs of one page of `filter`, each from `node`, or from where it failed; those that were repeated
    /// before are left out, and of two requests at once one repeats each. What cannot be repeated says why and holds up no other.
    /// `next` goes back as `cursor` for the next page.
    package func replayAll(
        _ filter: RunFilter, from node: NodeID?, version: Int?, limit: Int, after cursor: String?, for tenant: TenantID
    ) async throws(Problem) -> (replayed: [Replayed], next: String?) {
        var filter = filter
        filter.state = .failed
        filter.isUnrepeated = true
        let page = try await list(filter, limit: limit, after: cursor, for: tenant)
        var replayed: [Replayed] = []
        for run in page.runs {
            let outcome: Result<RunID, Problem>
            do throws(Problem) {
                guard let node = node ?? run.failedStep?.outermost else {
                    throw Problem(.conflict, "run \(run.id) failed at none of its nodes", hint: "name the node to begin at, or execute the workflow anew")
                }
                outcome = .success(try await replay(run.id, from: node, version: version, isOnlyOne: true, for: tenant))
            } catch {
                // Those behind it would meet the same.
                if error.mayPass { throw error }
                outcome = .failure(error)
            }
            replayed.append(Replayed(run: run.id, outcome: outcome))
        }
        return (replayed, page.next)
    }
}

extension StepKey {
    /// The node of the outermost level that it is, or lies in.
    fileprivate var outermost: NodeID { scope.iterations.first?.loop ?? node }
}
