import Logging
package import Model
import Store

/// Runs that events and other runs begin.
extension WorkflowEngine {
    /// An event of hooks has happened. What it starts is accepted when this returns; an event that a daemon dies over may
    /// start nothing.
    package func fire(_ event: String, _ value: @autoclosure @Sendable () -> String, for tenant: TenantID) async {
        do throws(Problem) {
            guard startsByItself(tenant), let entries = try await triggers(of: tenant).byEvent[event] else { return }
            let input = value()
            for entry in entries { await begin(entry, input, above: RunChain.depth, for: tenant) }
        } catch {
            logger.error("event \(event) of tenant \(tenant) starts no workflow: \(error)")
        }
    }

    /// Whether the end of a run starts another. True where that cannot be said now: it is looked at again.
    func isFollowed(_ run: Run, of tenant: TenantID) async -> Bool {
        guard let list = try? await triggers(of: tenant) else { return true }
        return !list.followers(of: run).isEmpty
    }

    /// A run has ended. What its end starts is accepted when this returns, once however often it is called; false where it has
    /// to be called again.
    func fire(_ run: Run, depth: Int, for tenant: TenantID) async -> Bool {
        guard startsByItself(tenant) else { return true }
        do throws(Problem) {
            let followers = try await triggers(of: tenant).followers(of: run)
            guard !followers.isEmpty else { return true }
            let input = run.account
            var isSettled = true
            for follower in followers {
                // No caller's key begins with a control character.
                let key = "\u{1}end \(run.id) \(follower.node?.rawValue ?? "")"
                if await !begin(follower, input, above: depth, deduplication: key, for: tenant) { isSettled = false }
            }
            return isSettled
        } catch {
            logger.error("the end of run \(run.id) of tenant \(tenant) starts no workflow: \(error)")
            return error.isFinal
        }
    }

    /// False where it may be done later.
    @discardableResult
    private func begin(
        _ entry: TriggerList.Entry, _ input: String, above depth: Int, deduplication: String? = nil, for tenant: TenantID
    ) async -> Bool {
        let name = entry.node.map { "trigger \($0)" } ?? "error handler"
        guard depth < RunChain.limit else {
            logger.warning("workflow \(entry.workflow) of tenant \(tenant) not started: \(RunChain.limit) runs have started each other")
            return true
        }
        guard input.utf8.count <= Payload.limit else {
            logger.error("workflow \(entry.workflow) of tenant \(tenant) not started by its \(name): what it would get is too large")
            return true
        }
        do throws(Problem) {
            if let filter = entry.filter, try await !lets(filter, entry, input, for: tenant) { return true }
            var beginning = Beginning(input: .inline(input))
            beginning.trigger = entry.node
            beginning.depth = depth + 1
            beginning.deduplication = deduplication
            _ = try await execute(entry.workflow, beginning, for: tenant)
            return true
        } catch {
            logger.error("workflow \(entry.workflow) of tenant \(tenant) not started by its \(name): \(error)")
            return error.isFinal
        }
    }

    private func lets(
        _ filter: Template, _ entry: TriggerList.Entry, _ input: String, for tenant: TenantID
    ) async throws(Problem) -> Bool {
        let question = Question(stage: .input, templates: [.holds: filter], input: .inline(input))
        let nobody = Run(
            id: RunID(unchecked: "run-0"), workflow: entry.workflow, version: 0, trigger: entry.node ?? NodeID(unchecked: "trigger"),
            input: .inline(input), began: Moment.now)
        let circumstances = Answering.Circumstances(run: nobody, variables: entry.variables)
        switch try await Answering(evaluator: evaluator, tenant: tenant).answer(question, circumstances) {
        case .success(let answers): return answers.flags[.holds] == true
        case .failure(let error): throw Problem(.invalidInput, "its filter: \(error.message)")
        }
    }

    /// The tenant's workflows are not what they were.
    package func libraryChanged(of tenant: TenantID) {
        triggerLists[tenant] = nil
        forgetVersions(of: tenant)
        Task { await lookAtSchedules(of: tenant) }
    }

    func triggers(of tenant: TenantID) async throws(Problem) -> TriggerList {
        if let known = triggerLists[tenant] { return known }
        let mark = triggerReads
        let list = TriggerList(try await source.inForce(of: tenant))
        // What changed meanwhile is read again by whoever comes next.
        if mark == triggerReads { triggerLists[tenant] = list }
        return list
    }
}

extension Run {
    /// What a workflow gets that runs because of this run's end.
    fileprivate var account: String {
        var members: [String: Payload] = [
            "run": .inline(JSONValue.string(id.rawValue).compactText), "workflow": .inline(JSONValue.string(workflow.rawValue).compactText),
            "version": .inline(String(version)), "input": input,
        ]
        members["output"] = output
        members["error"] = error?.payload
        members["failedStep"] = failedStep.map { .inline(JSONValue.string($0.description).compactText) }
        return Payload.object(members).text
    }
}

extension Problem {
    /// Whether it stays so until somebody changes the workflow or its input.
    var isFinal: Bool { [.notFound, .conflict, .invalidInput, .invalidConfiguration, .permissionDenied, .unsupported].contains(code) }
}
