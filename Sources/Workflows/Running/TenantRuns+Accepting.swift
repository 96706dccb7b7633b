import GRDB
import Model
import Store

/// How runs come to a tenant.
extension TenantRuns {
    /// Accepts a run: it is on disk when this returns, and comes to its end or to somebody's notice whatever happens then.
    ///
    /// `version` is what it is a run of, and `steps` are those of another run that it goes on from.
    func accept(
        _ run: Run, _ origin: RunOrigin, of version: VersionInForce, from steps: [Step] = []
    ) async throws(Problem) -> Acceptance {
        guard !isStopped else { throw Problem(.shuttingDown, "the daemon is about to end", hint: "call again when it is back") }
        surroundings.crowd.note(store.id)
        // Whatever becomes of whoever asks, a run that is on disk begins.
        var isBegun = false
        defer { if !isBegun { pump() } }
        if let known = try await count(origin, of: run.workflow) { return Acceptance(run: known, isKnown: true) }
        var isCounted = origin.debounce == nil
        defer { if isCounted { surroundings.meter?.add(runs: -1, for: store.id) } }
        let counts = room <= 0
        room -= 1
        let (known, phase, left, superseded) = try await store.write { database -> (RunID?, RunPhase?, Int, (Run, RunOrigin)?) in
            if let key = origin.deduplication, let known = try RunQueries.deduplicated(run.workflow, key, in: database) {
                return (known, nil, 0, nil)
            }
            let left = counts ? Self.queueLimit - (try RunQueries.waitingForTheirTurn(in: database)) : 1
            guard left > 0 else {
                throw Problem(
                    .retryLater, "\(Self.queueLimit) runs wait for their turn", hint: "call again when some of them have ended", wait: 60)
            }
            try self.checkVersion(of: run, in: database)
            let phase = try run.insert(origin, in: database)
            let superseded = try origin.debounce.flatMap { try RunQueries.debounce(run, origin, $0, in: database) }
            for step in steps { try step.store(of: run.id, in: database) }
            if let old = origin.replayOf ?? origin.lone?.source { try KeptPayloads.share(of: old, with: run.id, in: database) }
            return (nil, phase, left, superseded)
        }
        if counts { room = left - 1 }
        if let known { return Acceptance(run: known, isKnown: true) }
        isCounted = false
        surroundings.step("run")
        // When it may begin, this says.
        if origin.throttle != nil || origin.debounce != nil { Task { await ring() } }
        if let (run, origin) = superseded {
            surroundings.watch.tell(run, [], in: store.id)
            await self.left(run, origin, wake: nil, isOwing: false)
        }
        isBegun = phase == .queued && steps.isEmpty && begin(run, origin, version)
        return Acceptance(run: run.id, isKnown: false)
    }

    /// Counts a run that is about to be accepted, but for one that may still become one with others: that counts when it begins.
    /// Where the tenant may have no more, the run with its deduplication key, if there is one.
    private func count(_ origin: RunOrigin, of workflow: WorkflowID) async throws(Problem) -> RunID? {
        guard let meter = surroundings.meter else { return nil }
        try await meter.openRuns(of: store.id)
        do throws(Problem) {
            try meter.count(runs: origin.debounce == nil ? 1 : 0, for: store.id)
            return nil
        } catch {
            guard let key = origin.deduplication,
                let known = try await store.read({ try RunQueries.deduplicated(workflow, key, in: $0) })
            else { throw error }
            return known
        }
    }

    /// Accepts runs together with `change`, in one transaction: all of them, but those with known deduplication keys, or none,
    /// where `change` says false or something is wrong.
    func accept(_ runs: [(run: Run, origin: RunOrigin)], with change: @escaping @Sendable (Database) throws -> Bool) async throws(Problem) {
        guard !isStopped else { throw Problem(.shuttingDown, "the daemon is about to end", hint: "call again when it is back") }
        room = 0
        let counted = runs.count { $0.origin.debounce == nil }
        if let meter = surroundings.meter, !runs.isEmpty {
            try await meter.openRuns(of: store.id)
            try meter.count(runs: counted, for: store.id)
        }
        var accepted = 0
        defer { if accepted != counted { surroundings.meter?.add(runs: accepted - counted, for: store.id) } }
        let (superseded, count) = try await store.write { database -> ([(Run, RunOrigin)], Int) in
            guard try change(database) else { return ([], 0) }
            let waiting = runs.isEmpty ? 0 : try RunQueries.waitingForTheirTurn(in: database)
            guard waiting + runs.count <= Self.queueLimit else {
                throw Problem(
                    .retryLater, "\(Self.queueLimit) runs wait for their turn", hint: "call again when some of them have ended", wait: 60)
            }
            var superseded: [(Run, RunOrigin)] = []
            var count = 0
            for (run, origin) in runs {
                if let key = origin.deduplication, try RunQueries.deduplicated(run.workflow, key, in: database) != nil { continue }
                try self.checkVersion(of: run, in: database)
                _ = try run.insert(origin, in: database)
                if origin.debounce == nil { count += 1 }
                if let debounce = origin.debounce, let old = try RunQueries.debounce(run, origin, debounce, in: database) { superseded.append(old) }
            }
            return (superseded, count)
        }
        accepted = count
        surroundings.step("run")
        for (run, origin) in superseded {
            surroundings.watch.tell(run, [], in: store.id)
            await left(run, origin, wake: nil, isOwing: false)
        }
        guard !runs.isEmpty else { return }
        hasBacklog = true
        await ring()
    }
}
