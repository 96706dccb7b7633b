import Model

/// Which time the clocks of a place show: how far they are ahead of UTC, and when that changes. Times and offsets are in
/// seconds, times since 1970.
struct ZoneRules: Sendable, Hashable {
    struct Transition: Sendable, Hashable {
        let at: Int
        /// From then on.
        let offset: Int
    }

    static let utc = ZoneRules(first: 0, transitions: [], tail: nil)

    /// Before all transitions.
    let first: Int
    /// The earliest first.
    let transitions: [Transition]
    /// What holds after them.
    let tail: ZoneTail?

    func offset(at time: Int) -> Int {
        guard let last = transitions.last else { return tail?.offset(at: time) ?? first }
        guard time < last.at else { return tail?.offset(at: time) ?? last.offset }
        let later = firstLater(than: time)
        return later == 0 ? first : transitions[later - 1].offset
    }

    func next(after time: Int) -> Transition? {
        if let last = transitions.last, time < last.at { return transitions[firstLater(than: time)] }
        return tail?.next(after: time)
    }

    private func firstLater(than time: Int) -> Int {
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at > time { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// When clocks show a time for the first time, `local` counted as if it was one of UTC. One that they skip is the moment at
    /// which they skip it. Later local times are never earlier moments.
    func moment(ofLocal local: Int) -> Int {
        // No place is as far from UTC as 26 hours.
        var time = local - 26 * 3600
        var offset = offset(at: time)
        while true {
            let next = next(after: time)
            let candidate = local - offset
            guard let next, candidate >= next.at else { return max(candidate, time) }
            (time, offset) = (next.at, next.offset)
        }
    }
}
