import Model
import Store

/// What a run's planner asks to be done outside of it.
extension RunDriver {
    func carryOut(_ effect: Effect) {
        switch effect {
        case .evaluate: pending.append(effect)
        case .queue where isDraining: isUnfinished = true
        case .queue(let key):
            let (dispatcher, tenant, priority) = (surroundings.dispatcher, surroundings.tenant.id, origin.priority)
            Task(executorPreference: surroundings.executor) {
                await dispatcher.enter(tenant, priority: priority)
                await self.enter(key)
            }
        case .invoke(let key, let attempt, let call): invoke(key, attempt, call)
        case .abort(let key, let attempt):
            calls.removeValue(forKey: key)?.task.cancel()
            let (owner, parent) = (owner, RunOrigin.Parent(run: id, step: key, attempt: attempt))
            Task { await owner.cancelChild(of: parent) }
        case .remind(let key, let people): ask(key, people, title: planner.steps[key]?.title ?? key.node.rawValue, isReminder: true)
        case .finish: endCalls()
        }
    }

    /// A step has a slot, which is given back where it has no use for it any more.
    private func enter(_ key: StepKey) {
        if isGivenUp { leaveSlot() } else { post(.granted(key)) }
    }

    func leaveSlot() {
        let (dispatcher, tenant) = (surroundings.dispatcher, surroundings.tenant.id)
        Task(executorPreference: surroundings.executor) { await dispatcher.leave(tenant) }
    }

    private func invoke(_ key: StepKey, _ attempt: Int, _ call: Call) {
        let (dispatcher, tenant) = (surroundings.dispatcher, surroundings.tenant.id)
        switch call {
        case .tool, .emit, .http, .notify, .connector:
            let name = StepIdentity.key(tenant, id, key)
            perform(key, attempt) { [self] in
                await dispatcher.perform(call, key: name, for: tenant) { bytes throws(Problem) in
                    try await self.keep(bytes, named: "\(self.id) \(key.node)")
                }
            }
        case .workflow(let workflow, let input):
            let parent = RunOrigin.Parent(run: id, step: key, attempt: attempt)
            perform(key, attempt) { [owner] in await owner.startChild(workflow, input, of: parent) }
        case .approval(let title, let approval): ask(key, approval.approvers, title: title, isReminder: false)
        }
    }

    private func ask(_ key: StepKey, _ people: [String], title: String, isReminder: Bool) {
        let request = ApprovalRequest(run: id, step: key, workflow: planner.run.workflow, title: title, isReminder: isReminder)
        let (invoker, tenant) = (surroundings.invoker, surroundings.tenant.id)
        perform(key, 1) {
            await invoker.ask(people, request, for: tenant)
            return nil
        }
    }

    private func perform(_ key: StepKey, _ attempt: Int, _ body: @escaping @Sendable () async -> PlannerEvent.Outcome?) {
        lastCall += 1
        let (number, depth) = (lastCall, origin.depth)
        let hasSlot = granted.remove(key) != nil
        calls[key] = (number, Task {
            let outcome = await RunChain.$depth.withValue(depth) { await body() }
            let result = Task.isCancelled ? nil : await manageable(outcome, of: key)
            if hasSlot { leaveSlot() }
            await ended(key, number, attempt, result)
        })
    }

    private func ended(_ key: StepKey, _ number: Int, _ attempt: Int, _ outcome: PlannerEvent.Outcome?) async {
        if calls[key]?.number == number { calls[key] = nil }
        if let outcome { post(.returned(key, attempt: attempt, outcome)) } else { await rest() }
    }

    /// What is cancelled gives its slot back when it ends.
    func endCalls() {
        for call in calls.values { call.task.cancel() }
        calls = [:]
    }
}
