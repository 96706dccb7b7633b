package import Model
package import NIOCore
import Synchronization

/// Runs the tasks of many tenants on one event loop, in turns: whatever one of them has to do, another waits for one job of it at
/// most.
///
/// A task on it must not block, like everything on an event loop.
package final class TenantExecutors: Sendable {
    /// One tenant's.
    private final class Line: TaskExecutor {
        private let turns: TenantExecutors
        /// Only under the lock of `turns`.
        nonisolated(unsafe) var jobs = CircularBuffer<UnownedJob>()

        init(_ turns: TenantExecutors) { self.turns = turns }

        func enqueue(_ job: consuming ExecutorJob) { turns.add(UnownedJob(job), to: self) }
    }

    private struct State {
        var lines: [TenantID: Line] = [:]
        /// Those that have jobs, by whose turn it is.
        var ring = CircularBuffer<Line>()
        var isAtWork = false
    }

    /// Jobs until the loop's other work has its turn.
    private static let most = 128

    private let loop: any EventLoop
    private let state = Mutex(State())

    package init(_ loop: any EventLoop) { self.loop = loop }

    /// The same for each call with a tenant.
    package func executor(of tenant: TenantID) -> any TaskExecutor {
        state.withLock { state in
            if let line = state.lines[tenant] { return line }
            let line = Line(self)
            state.lines[tenant] = line
            return line
        }
    }

    private func add(_ job: UnownedJob, to line: Line) {
        let begins = state.withLock { state in
            line.jobs.append(job)
            if line.jobs.count == 1 { state.ring.append(line) }
            defer { state.isAtWork = true }
            return !state.isAtWork
        }
        if begins { loop.execute { self.work() } }
    }

    private func work() {
        for _ in 0..<Self.most {
            guard let (job, line) = next() else { return }
            job.runSynchronously(on: line.asUnownedTaskExecutor())
        }
        loop.execute { self.work() }
    }

    private func next() -> (UnownedJob, Line)? {
        state.withLock { state in
            guard let line = state.ring.popFirst() else {
                state.isAtWork = false
                return nil
            }
            let job = line.jobs.removeFirst()
            if !line.jobs.isEmpty { state.ring.append(line) }
            return (job, line)
        }
    }
}
