package import Model

/// What is done next in an operation of the lifecycle: a total table of state and event, one effect at a time. Pure.
///
/// The intent is on disk before anything else changes, and one transaction, `commit` or `forget`, makes the change and
/// drops the intent. So whoever dies in between finds at the next start either an intent and the old state, or the new
/// state and no intent; an uninstallation, which cannot be taken back, is carried on instead.
package struct LifecycleMachine: Sendable {
    package enum Effect: String, Hashable, Sendable, CaseIterable {
        /// Write the intent to the tenant's database.
        case recordIntent
        /// Put the package onto the shelf.
        case stage
        /// Start an instance of the new version beside the old one and wait until it answers.
        case startCandidate
        /// Put the new version in force and drop the intent, in one transaction.
        case commit
        /// Send calls to the new version, then end the old one's instances.
        case switchOver
        /// End what was started and drop the intent, with the reason where there is one.
        case abandon
        /// End the plugin's instances for good.
        case stop
        /// Remove what the plugin keeps.
        case purge
        /// Remove every trace of the plugin from the tenant's database, and with it the intent.
        case forget
        /// Take packages off the shelf that nobody needs any more.
        case sweep
    }

    package enum Event: Equatable, Sendable {
        case begin(LifecycleOperation, isRunning: Bool)
        /// The daemon found the intent at its start.
        case resume(LifecycleOperation)
        /// The effect that was asked for last is done.
        case done
        case failed(Problem)
    }

    package enum Next: Equatable, Sendable {
        case effect(Effect)
        /// The operation is over: with nil it is done, with a problem nothing has changed, or an uninstallation has stopped
        /// half way and will be carried on.
        case end(Problem?)
    }

    private enum State {
        case idle
        case working(LifecycleOperation, Effect, startsCandidate: Bool)
        case abandoning(Problem?, Effect)
        case over
    }

    private var state = State.idle

    package init() {}

    package mutating func handle(_ event: Event) -> Next {
        switch (state, event) {
        case (.idle, .begin(let operation, let isRunning)):
            return work(operation, .recordIntent, isRunning)
        case (.idle, .resume(let operation)):
            if case .uninstall = operation { return work(operation, .stop, false) }
            return abandon(nil, .abandon)
        case (.working(let operation, let effect, let starts), .done):
            return advance(operation, after: effect, starts)
        case (.working(let operation, let effect, let starts), .failed(let problem)):
            return recover(operation, from: effect, starts, problem)
        case (.abandoning(let problem, .abandon), .done), (.abandoning(let problem, .abandon), .failed):
            return abandon(problem, .sweep)
        case (.abandoning(let problem, _), .done), (.abandoning(let problem, _), .failed): return end(problem)
        case (.idle, .done), (.idle, .failed), (.over, _), (.working, .begin), (.working, .resume), (.abandoning, .begin),
            (.abandoning, .resume):
            return end(Problem(.internalFault, "a step of a plugin's lifecycle out of order"))
        }
    }

    private mutating func advance(_ operation: LifecycleOperation, after effect: Effect, _ starts: Bool) -> Next {
        switch (effect, operation) {
        case (.recordIntent, .uninstall): work(operation, .stop, starts)
        case (.recordIntent, _): work(operation, .stage, starts)
        case (.stage, _): work(operation, starts ? .startCandidate : .commit, starts)
        case (.startCandidate, _): work(operation, .commit, starts)
        case (.commit, _): work(operation, starts ? .switchOver : .sweep, starts)
        case (.switchOver, _), (.forget, _): work(operation, .sweep, starts)
        case (.stop, .uninstall(purges: true)): work(operation, .purge, starts)
        case (.stop, _), (.purge, _): work(operation, .forget, starts)
        case (.abandon, _), (.sweep, _): end(nil)
        }
    }

    private mutating func recover(
        _ operation: LifecycleOperation, from effect: Effect, _ starts: Bool, _ problem: Problem
    ) -> Next {
        switch effect {
        // Nothing was written.
        case .recordIntent: end(problem)
        case .stage, .startCandidate, .commit: abandon(problem, .abandon)
        // The new state is in force; what is left over costs space at most.
        case .switchOver: work(operation, .sweep, starts)
        case .sweep, .abandon: end(nil)
        // The intent stays, and the next call or start tries again.
        case .stop, .purge, .forget: end(problem)
        }
    }

    private mutating func work(_ operation: LifecycleOperation, _ effect: Effect, _ starts: Bool) -> Next {
        state = .working(operation, effect, startsCandidate: starts)
        return .effect(effect)
    }

    private mutating func abandon(_ problem: Problem?, _ effect: Effect) -> Next {
        state = .abandoning(problem, effect)
        return .effect(effect)
    }

    private mutating func end(_ problem: Problem?) -> Next {
        state = .over
        return .end(problem)
    }
}
