package import Model

/// Where the effects of steps are carried out: in this process, or by a transport on other hosts, of which neither planner nor
/// store need to know. What they need is that an effect begins only when `enter` has returned and the intent is on disk, and
/// that `perform` tells what it came to, or that this is lost.
package protocol Dispatcher: Sendable {
    /// Returns when the tenant may begin an effect. Tenants take turns, and within each the highest priority comes first. Each time
    /// is given back by `leave`.
    func enter(_ tenant: TenantID, priority: Int) async
    func leave(_ tenant: TenantID) async

    /// Carries an effect out. `key` is the same whenever its step is tried again. Cancelling the task ends what is under way, as far
    /// as that is possible. What it gave that is no JSON goes to `keep`.
    func perform(_ call: Call, key: String, for tenant: TenantID, keeping keep: @escaping ContentKeeper) async -> PlannerEvent.Outcome
}

/// Carries effects out in this process.
struct LocalDispatcher: Dispatcher {
    let slots: SlotDesk
    let invoker: any StepInvoker

    init(invoker: any StepInvoker, actionsPerSecond: Int? = nil) {
        self.invoker = invoker
        slots = SlotDesk(SlotDesk.Limits(perSecond: actionsPerSecond))
    }

    func enter(_ tenant: TenantID, priority: Int) async { await slots.enter(tenant, priority: priority) }
    func leave(_ tenant: TenantID) async { await slots.leave(tenant) }

    func perform(
        _ call: Call, key: String, for tenant: TenantID, keeping keep: @escaping ContentKeeper
    ) async -> PlannerEvent.Outcome {
        await invoker.invoke(call, key: key, for: tenant, keeping: keep)
    }
}
