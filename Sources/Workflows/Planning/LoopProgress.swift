/// Where a loop stands.
struct LoopProgress: Sendable {
    /// What a `forEach` goes over; nil until it is known again after a restart, and for a `while`.
    var items: [Payload]?
    /// Bytes of what the iterations gave so far.
    var size = 0
    /// Iterations begun.
    var begun = 0
    /// Those that have not ended.
    var running: Set<Int> = []
}

extension StepKey {
    /// The record of an iteration of this loop: a step of the loop's node within the iteration's own level.
    func iteration(_ index: Int) -> StepKey { StepKey(node, in: scope.entering(node, index)) }

    var isIteration: Bool { scope.iterations.last?.loop == node }
}
