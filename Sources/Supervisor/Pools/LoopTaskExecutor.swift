package import NIOCore
import Synchronization

/// Runs tasks on one event loop, so that code which calls children that live there does not change threads for it.
///
/// What has begun goes before what comes new: who waited for a disk, or went from one actor to another, would else wait each time
/// for everybody's next request. New ones have their turn all the same, at the latest after some jobs of others. A task on it
/// must not block, like everything on an event loop.
package final class LoopTaskExecutor: TaskExecutor {
    private struct Returned {
        var jobs = CircularBuffer<UnownedJob>()
        var isCalled = false
    }

    /// Only on the loop.
    private struct Own {
        /// From what the loop itself was told, as of a connection.
        var new = CircularBuffer<UnownedJob>()
        /// From a job that ran here.
        var begun = CircularBuffer<UnownedJob>()
        var isAtWork = false
        /// Jobs since the last new one.
        var passed = 0
    }

    /// Jobs that a new one waits for.
    private static let most = 64

    private let loop: any EventLoop
    /// From other threads.
    private let returned = Mutex(Returned())
    /// Whether to look there at all.
    private let hasReturned = Atomic(false)
    nonisolated(unsafe) private var own = Own()

    package init(_ loop: any EventLoop) { self.loop = loop }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard loop.inEventLoop else { return add(job) }
        guard !own.isAtWork else { return own.begun.append(job) }
        own.new.append(job)
        if own.new.count == 1 { loop.execute { self.work() } }
    }

    private func add(_ job: UnownedJob) {
        let calls = returned.withLock { returned in
            returned.jobs.append(job)
            hasReturned.store(true, ordering: .releasing)
            defer { returned.isCalled = true }
            return !returned.isCalled
        }
        if calls { loop.execute { self.work() } }
    }

    private func work() {
        own.isAtWork = true
        while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
        own.isAtWork = false
    }

    private func next() -> UnownedJob? {
        if own.passed < Self.most || own.new.isEmpty, let job = takeReturned() ?? own.begun.popFirst() {
            own.passed += 1
            return job
        }
        own.passed = 0
        return own.new.popFirst()
    }

    private func takeReturned() -> UnownedJob? {
        guard hasReturned.load(ordering: .acquiring) else { return nil }
        return returned.withLock { returned in
            let job = returned.jobs.popFirst()
            if returned.jobs.isEmpty {
                returned.isCalled = false
                hasReturned.store(false, ordering: .relaxed)
            }
            return job
        }
    }
}
