import Logging
import Model
import Synchronization
import Testing

@testable import Workflows

/// Effects that are carried out elsewhere than by the engine's own process.
@Suite struct DispatcherTests {
    /// A stand-in for a transport between hosts: loses every third effect, and lets one begin at a time.
    private final class Transport: Dispatcher {
        private struct State {
            var entered = 0
            var performed: [String] = []
            var isTaken = false
            var waiting: [CheckedContinuation<Void, Never>] = []
        }

        private let state = Mutex(State())

        var performed: [String] { state.withLock { $0.performed } }
        var isAtRest: Bool { state.withLock { !$0.isTaken && $0.waiting.isEmpty && $0.entered == $0.performed.count } }

        func enter(_ tenant: TenantID, priority: Int) async {
            await withCheckedContinuation { continuation in
                let goes = state.withLock { state in
                    state.entered += 1
                    defer { state.isTaken = true }
                    if state.isTaken { state.waiting.append(continuation) }
                    return !state.isTaken
                }
                if goes { continuation.resume() }
            }
        }

        func leave(_ tenant: TenantID) async {
            let next = state.withLock { state in
                state.isTaken = !state.waiting.isEmpty
                return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
            }
            next?.resume()
        }

        func perform(
            _ call: Call, key: String, for tenant: TenantID, keeping keep: @escaping ContentKeeper
        ) async -> PlannerEvent.Outcome {
            let count = state.withLock { state in
                state.performed.append(key)
                return state.performed.count
            }
            guard case .tool(_, _, let input) = call else { return .failure(StepError("unsupported", "only tools")) }
            return count % 3 == 0 ? .lost(StepError("unreachable", "the host is gone")) : .success(input)
        }
    }

    @Test func `runs come to their end by a transport that loses effects, each under the key of its step`() async throws {
        try await EngineFixture.with { fixture in
            try fixture.library.publish(
                """
                {"id": "far", "nodes": [
                  {"id": "start", "type": "trigger", "config": {"kind": "manual"}, "connections": [{"to": "use"}]},
                  {"id": "use", "type": "action",
                   "config": {"kind": "tool", "plugin": "world", "tool": "echo", "idempotency": "keyed", "retry": {"attempts": 5, "delay": "1ms"}}}]}
                """)
            let transport = Transport()
            let engine = WorkflowEngine(
                fixture.store, source: fixture.library, evaluator: PathEvaluator(world: fixture.world), invoker: fixture.world,
                dispatcher: transport, logger: .init(label: "test"))
            var ids: [RunID] = []
            for number in 0..<9 {
                ids.append(try await engine.execute(WorkflowID("far"), .init(input: .inline("\(number)")), for: fixture.tenant))
            }
            for id in ids {
                #expect(try await engine.wait(for: id, of: fixture.tenant, within: .seconds(20)).state == .succeeded)
            }
            try await eventually { transport.isAtRest }
            #expect(Set(transport.performed).count == 9)
            #expect(transport.performed.count > 9)
            #expect(fixture.world.calls.isEmpty)
            await engine.stop(within: .zero)
        }
    }
}
