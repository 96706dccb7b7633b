import GRDB
import Logging
import Model
import Store

/// Runs that are steps of others.
extension TenantRuns {
    /// Starts the run that an attempt of a step waits for, or finds it. Nil where the step is told when it ends.
    ///
    /// It is started only while the step waits for it: one that was given up meanwhile has none.
    func startChild(_ id: WorkflowID, _ input: Payload, of parent: RunOrigin.Parent) async -> PlannerEvent.Outcome? {
        do throws(Problem) {
            if let child = try await store.read({ try RunQueries.child(of: parent, in: $0) }) {
                return child.state.isTerminal ? child.outcome : nil
            }
            let (version, workflow) = try await source.published(id, of: store.id)
            guard let trigger = workflow.entry else {
                return .failure(StepError("invalidInput", "workflow \(id) has no trigger that another may start"))
            }
            let run = Run(id: .random(), workflow: id, version: version, trigger: trigger, input: .inline(input.text), began: Moment.now)
            var origin = RunOrigin()
            origin.parent = parent
            origin.depth = RunChain.depth + 1
            origin.concurrency = try await surroundings.answering.concurrency(of: workflow, run)
            origin.throttle = try await surroundings.answering.throttle(of: workflow, run)
            let given = origin
            guard given.depth <= RunChain.limit else {
                return .failure(StepError("quotaExceeded", "more than \(RunChain.limit) runs wait for one another"))
            }
            if let meter = surroundings.meter {
                try await meter.openRuns(of: store.id)
                try meter.count(runs: 1, for: store.id)
            }
            var isCounted = true
            defer { if isCounted { surroundings.meter?.add(runs: -1, for: store.id) } }
            let isBegun = try await store.write { database in
                guard try RunQueries.isWaiting(parent, in: database), try RunQueries.child(of: parent, in: database) == nil else { return false }
                try self.checkVersion(of: run, in: database)
                return try run.insert(given, in: database) != nil
            }
            isCounted = !isBegun
            surroundings.step("run")
            if given.throttle == nil { pump() } else { Task { await ring() } }
            return nil
        } catch {
            return .failure(StepError(error))
        }
    }

    /// Ends the run of an attempt that nobody waits for any more. One that is not there yet will not be.
    func cancelChild(of parent: RunOrigin.Parent) async {
        guard let child = try? await store.read({ try RunQueries.child(of: parent, in: $0) }), !child.state.isTerminal else { return }
        await cancel(child.id)
    }

    /// Ends a run; one that has not begun does not begin for that.
    private func cancel(_ id: RunID) async {
        do throws(Problem) {
            if try await changeUnbegun(id, .cancelled) { return }
            await deliver(.cancelled, to: id)
        } catch {
            logger.error("run \(id) of tenant \(store.id), for which nobody waits, is not ended: \(error)")
        }
    }

    /// Ends the runs for which nobody waits any more, and theirs.
    func cancelOrphans() async {
        do throws(Problem) {
            for id in try await store.read({ try RunQueries.orphans(in: $0) }) { Task { await cancel(id) } }
        } catch {
            logger.error("runs of tenant \(store.id) for which nobody waits are not ended: \(error)")
        }
    }

    func tell(_ parent: RunOrigin.Parent, of run: Run) async {
        await deliver(.returned(parent.step, attempt: parent.attempt, run.outcome), to: parent.run)
    }

    /// Throws where a version has gone while a run of it was prepared. From the run's insertion on it stays.
    nonisolated func checkVersion(of run: Run, in database: Database) throws {
        // One of a draft's has that with it.
        if run.node != nil, run.version == Run.draft { return }
        guard try source.has(run.version, of: run.workflow, in: database) else {
            throw Problem(.conflict, "version \(run.version) of workflow \(run.workflow) was removed just now", hint: "call again")
        }
    }
}

extension Run {
    fileprivate var outcome: PlannerEvent.Outcome {
        switch state {
        case .succeeded: .success(output ?? .null)
        case .failed: .failure(error ?? StepError("internalFault", "it failed"))
        default: .failure(StepError("cancelled", "run \(id) was \(state.rawValue)"))
        }
    }
}
