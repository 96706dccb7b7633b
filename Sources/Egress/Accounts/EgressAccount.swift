import Glibc
package import Model
import NIOCore
import Synchronization

/// Counts what one plugin moves for one tenant, over all its instances and their lives, and holds it to its limits.
package final class EgressAccount: Sendable {
    package let tenant: TenantID
    package let plugin: PluginID

    package enum Verdict: Hashable, Sendable {
        case go
        /// Nothing more before this time, in nanoseconds of the monotonic clock.
        case wait(until: UInt64)
        case usedUp
    }

    private struct State {
        var limits: EgressLimits
        var usage = EgressUsage()
        var bucket: TokenBucket?
        var day: Int = 0
        var movedToday: Int64 = 0
        var requestsToday = 0
        /// Whether it was the tenant's budget that ended it.
        var isOverBudget = false

        /// What is counted by the day starts anew with each.
        mutating func turnDay() {
            let today = time(nil) / 86400
            if day != today { (day, movedToday, requestsToday) = (today, 0, 0) }
        }
    }
    private let budget: EgressBudget
    private let state: Mutex<State>

    init(tenant: TenantID, plugin: PluginID, limits: EgressLimits, budget: EgressBudget = EgressBudget()) {
        self.budget = budget
        self.tenant = tenant
        self.plugin = plugin
        var state = State(limits: limits)
        state.bucket = limits.rate.map { TokenBucket(perSecond: $0.bytes, now: Self.now) }
        self.state = Mutex(state)
    }

    package var usage: EgressUsage { state.withLock { $0.usage } }

    package var limits: EgressLimits { state.withLock { $0.limits } }

    /// Holds the plugin to other limits from now on. What was counted stays, and so do connections beyond a lower limit.
    package func hold(to limits: EgressLimits) {
        let now = Self.now
        state.withLock { state in
            if state.limits.rate != limits.rate {
                state.bucket = limits.rate.map { TokenBucket(perSecond: $0.bytes, now: now) }
            }
            state.limits = limits
        }
    }

    /// Takes a place for one more connection, to be given back by `close`.
    package func open() throws(Refusal) {
        let full: Int? = state.withLock { state in
            guard state.usage.connections < state.limits.connections else { return state.limits.connections }
            state.usage.connections += 1
            return nil
        }
        if let full {
            throw Refusal(
                .tooManyConnections, "\(full) connections are open", hint: "close one, or ask the operator for more")
        }
    }

    package func close() { state.withLock { $0.usage.connections -= 1 } }

    /// Takes one of today's requests, whatever comes of it: asking again and again is what the limit is for. Throws when
    /// they are used up, and takes none then.
    package func takeRequest() throws(Refusal) {
        let most: Int? = state.withLock { state in
            state.turnDay()
            if let most = state.limits.requests, state.requestsToday >= most { return most }
            state.requestsToday += 1
            return nil
        }
        if let most {
            throw Refusal(
                .requestsUsedUp, "the \(most) requests of today are used up",
                hint: "tomorrow (UTC), or after the operator has raised `egress: {requests: …}`")
        }
    }

    package func countRequest() { state.withLock { $0.usage.requests += 1 } }

    package func countRefusal() { state.withLock { $0.usage.refusals += 1 } }

    /// Counts bytes that were moved, and says when the next may be.
    package func spend(sent: Int = 0, received: Int = 0) -> Verdict {
        let now = Self.now
        return state.withLock { state in
            state.usage.sent += Int64(sent)
            state.usage.received += Int64(received)
            state.turnDay()
            state.movedToday += Int64(sent + received)
            state.isOverBudget = !budget.take(sent + received)
            if state.isOverBudget { return .usedUp }
            if let volume = state.limits.volume, state.movedToday > volume.bytes { return .usedUp }
            guard let wait = state.bucket?.spend(sent + received, now: now), wait > 0 else { return .go }
            return .wait(until: now + wait)
        }
    }

    /// How many bytes to move before the account is asked again: fewer where a rate holds, so that it is kept closely.
    package func turn(atMost most: Int) -> Int {
        guard let rate = limits.rate else { return most }
        return min(most, max(16 << 10, Int(min(rate.bytes / 8, Int64(most)))))
    }

    /// Throws when today's volume is used up.
    package func checkVolume() throws(Refusal) {
        guard case .usedUp = spend() else { return }
        throw volumeUsedUp
    }

    package var volumeUsedUp: Refusal {
        guard !state.withLock({ $0.isOverBudget }) else {
            return Refusal(
                .volumeUsedUp, "what the plan of tenant \(tenant) allows in a month is used up",
                hint: "with the next month (UTC), or with a plan that allows more")
        }
        return Refusal(
            .volumeUsedUp, "the \(limits.volume ?? ByteSize(bytes: 0)) of today are used up",
            hint: "tomorrow (UTC), or after the operator has raised `egress: {volume: …}`")
    }

    static var now: UInt64 { NIODeadline.now().uptimeNanoseconds }
}
