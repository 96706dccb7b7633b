/// How many instances a pool keeps, and when: pure decisions over a picture of its slots.
package struct PoolPolicy: Sendable, Equatable {
    /// Never more instances than this.
    package var maximum: Int
    /// Idle instances kept ready beyond what is at work.
    package var spare: Int
    /// An idle instance beyond the spare ones is stopped after this time.
    package var idleStop: Duration
    /// Calls in flight at one instance before others wait.
    package var concurrency = Self.usualConcurrency
    package static let usualConcurrency = 256
    /// Calls that may wait for an instance.
    package var waitingLimit = 1024

    package init(maximum: Int, spare: Int, idleStop: Duration) {
        self.maximum = maximum
        self.spare = spare
        self.idleStop = idleStop
    }

    package enum Slot: Sendable, Equatable {
        /// Can be started.
        case stopped
        case starting
        case ready(inFlight: Int)
        /// On its way out, or waiting before another try.
        case unavailable
        case quarantined
    }

    /// The instance that takes the next call: the least busy one, the first among equals; nil when the call must wait.
    package func slotForCall(_ slots: [Slot]) -> Int? {
        var best: (index: Int, load: Int)?
        for (index, slot) in slots.enumerated() {
            guard case .ready(let load) = slot, load < concurrency else { continue }
            if load < best?.load ?? .max { best = (index, load) }
        }
        return best?.index
    }

    /// The instances to start now, given how many calls wait. One more than is at work when calls queue behind others.
    package func slotsToStart(_ slots: [Slot], waiting: Int) -> [Int] {
        var idle = 0
        var queues = false
        var starting = 0
        var startable: [Int] = []
        for (index, slot) in slots.enumerated() {
            switch slot {
            case .stopped: startable.append(index)
            case .starting: starting += 1
            case .ready(inFlight: 0): idle += 1
            case .ready(let inFlight): queues = queues || inFlight > 1
            case .unavailable, .quarantined: break
            }
        }
        let demand = waiting > 0 ? waiting : (queues && idle == 0 ? 1 : 0)
        let wanted = max(demand, spare) - idle - starting
        return Array(startable.prefix(max(0, wanted)))
    }

    /// Whether an instance that has been idle for `time` is stopped, when `idle` instances, itself included, are idle.
    package func stopsIdle(after time: Duration, idle: Int) -> Bool { time >= idleStop && idle > spare }
}
