package import NIOCore

/// Runs tasks on one event loop, so that code which calls children that live there does not change threads for it.
///
/// A task on it must not block, like everything on an event loop.
package final class LoopTaskExecutor: TaskExecutor {
    private let loop: any EventLoop

    package init(_ loop: any EventLoop) { self.loop = loop }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
