import Model
import Store
import Testing

@testable import Plugins

struct LifecycleMachineTests {
    private static let one = BlobDigest.of([1])
    private static let two = BlobDigest.of([2])
    private static let failure = Problem(.pluginFailed, "it does not come up")
    private static let operations: [LifecycleOperation] = [
        .install(one), .update(from: one, to: two), .rollback(from: two, to: one), .uninstall(purges: true),
        .uninstall(purges: false),
    ]

    /// The effects of an operation, the last of which fails if `failing` says so, and how it ends.
    private func effects(
        _ first: LifecycleMachine.Event, failing: LifecycleMachine.Effect? = nil
    ) -> (effects: [LifecycleMachine.Effect], end: Problem?) {
        var machine = LifecycleMachine()
        var effects: [LifecycleMachine.Effect] = []
        var next = machine.handle(first)
        while case .effect(let effect) = next, effects.count < 20 {
            effects.append(effect)
            next = machine.handle(effect == failing ? .failed(Self.failure) : .done)
        }
        if case .end(let problem) = next { return (effects, problem) }
        return (effects, Problem(.internalFault, "it never ends"))
    }

    @Test func `every operation takes its steps in order, the intent first`() {
        #expect(effects(.begin(.install(Self.one), isRunning: false)).effects == [.recordIntent, .stage, .commit, .sweep])
        let update = LifecycleOperation.update(from: Self.one, to: Self.two)
        #expect(
            effects(.begin(update, isRunning: true)).effects
                == [.recordIntent, .stage, .startCandidate, .commit, .switchOver, .sweep])
        #expect(effects(.begin(update, isRunning: false)).effects == [.recordIntent, .stage, .commit, .sweep])
        #expect(
            effects(.begin(.uninstall(purges: true), isRunning: true)).effects
                == [.recordIntent, .stop, .purge, .forget, .sweep])
        #expect(effects(.begin(.uninstall(purges: false), isRunning: true)).effects == [.recordIntent, .stop, .forget, .sweep])
    }

    @Test(arguments: operations) func `whatever fails, nothing is put in force afterwards and the reason is told`(
        operation: LifecycleOperation
    ) {
        for failing in LifecycleMachine.Effect.allCases {
            let run = effects(.begin(operation, isRunning: true), failing: failing)
            guard let place = run.effects.firstIndex(of: failing) else { continue }
            let rest = run.effects[(place + 1)...]
            switch failing {
            case .recordIntent, .stop, .purge, .forget: #expect(rest.isEmpty && run.end == Self.failure)
            case .stage, .startCandidate, .commit: #expect(rest == [.abandon, .sweep] && run.end == Self.failure)
            case .switchOver: #expect(rest == [.sweep] && run.end == nil)
            case .abandon, .sweep: #expect(run.end == nil)
            }
        }
    }

    @Test func `what was begun is taken back at the next start, and an uninstallation is carried on`() {
        for operation in Self.operations[..<3] { #expect(effects(.resume(operation)).effects == [.abandon, .sweep]) }
        #expect(effects(.resume(.uninstall(purges: true))).effects == [.stop, .purge, .forget, .sweep])
        #expect(effects(.resume(.uninstall(purges: false))).effects == [.stop, .forget, .sweep])
    }

    @Test func `events out of order end in an internal fault and nothing else`() {
        let events: [LifecycleMachine.Event] = [
            .done, .failed(Self.failure), .begin(.install(Self.one), isRunning: false), .resume(.install(Self.one)),
        ]
        for first in events {
            for second in events {
                var machine = LifecycleMachine()
                _ = machine.handle(first)
                switch (first, second) {
                case (.begin, .done), (.begin, .failed), (.resume, .done), (.resume, .failed): continue
                default:
                    guard case .end(let problem?) = machine.handle(second) else {
                        Issue.record("\(first), \(second)")
                        continue
                    }
                    #expect(problem.code == .internalFault)
                }
            }
        }
    }

    @Test(arguments: operations) func `an operation comes out of the journal as it went in`(operation: LifecycleOperation) {
        #expect(LifecycleOperation(operation.name, operation.json) == operation)
        #expect(LifecycleOperation("upgrade", operation.json) == nil)
        #expect(LifecycleOperation(operation.name, [:]) == nil)
    }
}
