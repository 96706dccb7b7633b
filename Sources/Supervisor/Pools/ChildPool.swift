import Logging
package import Model
package import NIOCore
import Sandbox

/// The instances of one plugin for one tenant, as the rest of the house uses them from any thread.
///
/// Calls, state and children live on one event loop; who already runs on that loop pays for no switch of threads.
package final class ChildPool: Sendable {
    package let tenant: TenantID
    package let plugin: PluginID
    package let loop: any EventLoop
    /// The numbers that its instances have.
    let instances: Range<Int>
    private let pool: NIOLoopBound<Pool>

    /// Must be made on `loop`; `Supervisor.pool` does.
    init(_ pool: Pool, on loop: any EventLoop) {
        tenant = pool.tenant
        plugin = pool.plugin
        self.loop = loop
        instances = pool.instances[0].key.instance..<pool.instances[0].key.instance + pool.instances.count
        self.pool = NIOLoopBound(pool, eventLoop: loop)
    }

    /// Sends a request to the least busy instance and waits for its answer, starting an instance where none is up.
    ///
    /// `deadline` is soft: the plugin's progress extends it by the same time again, up to `hardLimit`. Cancelling the
    /// task cancels the call. Throws the plugin's own error, `deadlineExceeded`, `cancelled`, `retryLater` when too much
    /// waits, and `pluginFailed` with the reason when the child ends first.
    package func call(
        _ method: String, _ parameters: ByteBuffer, deadline: Duration, hardLimit: Duration? = nil
    ) async throws(Problem) -> ByteBuffer {
        let cancellation = NIOLoopBoundBox<Pool.Ticket?>.makeBoxSendingValue(nil, eventLoop: loop)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<ByteBuffer, Problem>, Never>) in
                onLoop { [pool] in
                    cancellation.value = pool.value.call(
                        method, parameters, deadline: deadline, hardLimit: hardLimit ?? deadline
                    ) { continuation.resume(returning: $0) }
                }
            }
        } onCancel: {
            onLoop { [pool] in
                if let ticket = cancellation.value { pool.value.cancel(ticket) }
            }
        }
        return try result.get()
    }

    /// Tells every instance that is ready something; those that start later learn it from their greeting.
    package func notify(_ method: String, _ parameters: ByteBuffer) {
        onLoop { [pool] in
            for child in pool.value.instances { child.notify(method, parameters) }
        }
    }

    /// Starts an instance if none runs; throws why it does not come up.
    package func warm() async throws(Problem) {
        let problem = await withCheckedContinuation { (continuation: CheckedContinuation<Problem?, Never>) in
            onLoop { [pool] in pool.value.warm { continuation.resume(returning: $0) } }
        }
        if let problem { throw problem }
    }

    /// Ends every instance gracefully and returns when they are gone; calls are refused with `problem` from now on.
    package func stop(refusing problem: Problem) async {
        await withCheckedContinuation { continuation in
            onLoop { [pool] in pool.value.stop(refusing: problem) { continuation.resume() } }
        }
    }

    /// Ends every running instance at once; the next call starts another.
    package func condemn(_ reason: ExitReason) async {
        await withCheckedContinuation { continuation in
            onLoop { [pool] in
                pool.value.condemn(reason)
                continuation.resume()
            }
        }
    }

    /// Whether any instance runs.
    package var isRunning: Bool {
        get async {
            await withCheckedContinuation { continuation in
                onLoop { [pool] in
                    continuation.resume(returning: pool.value.instances.contains { $0.processID != nil })
                }
            }
        }
    }

    /// Why its instances were set aside; nil for a pool that is not quarantined.
    package var quarantine: ExitReason? {
        get async {
            await withCheckedContinuation { continuation in
                onLoop { [pool] in continuation.resume(returning: pool.value.quarantine) }
            }
        }
    }

    /// Allows calls again after `stop`, and forgives instances that were set aside.
    package func resume() async {
        await withCheckedContinuation { continuation in
            onLoop { [pool] in
                pool.value.resume()
                continuation.resume()
            }
        }
    }

    /// What its instances are doing, with the kernel's counters where control groups exist.
    package func status() async -> PoolStatus {
        await withCheckedContinuation { continuation in
            onLoop { [pool] in continuation.resume(returning: pool.value.status) }
        }
    }

    /// Adds to its log what its owner should read.
    package func note(_ text: String) async {
        await withCheckedContinuation { continuation in
            onLoop { [pool] in
                pool.value.note(text)
                continuation.resume()
            }
        }
    }

    /// The last entries of its log.
    package func log(last count: Int) async -> [ChildLog.Entry] {
        await withCheckedContinuation { continuation in
            onLoop { [pool] in continuation.resume(returning: pool.value.journal.log.entries(after: 0, last: count)) }
        }
    }

    /// The last entries and then each new one, until the stream's consumer stops. A slow consumer loses the oldest. Ends with
    /// `retryLater` where too many follow already.
    package func followLog(last count: Int) -> AsyncThrowingStream<ChildLog.Entry, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: ChildLog.Entry.self, throwing: (any Error).self, bufferingPolicy: .bufferingNewest(ChildLog.entryLimit))
        onLoop { [pool, loop] in
            let journal = pool.value.journal
            guard let number = journal.follow({ continuation.yield($0) }) else {
                return continuation.finish(
                    throwing: Problem(
                        .retryLater, "\(PoolJournal.followerLimit) follow the log of this plugin already",
                        hint: "read it without following, or end one of them"))
            }
            for entry in journal.log.entries(after: 0, last: count) { continuation.yield(entry) }
            continuation.onTermination = { _ in loop.execute { pool.value.journal.unfollow(number) } }
        }
        return stream
    }

    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if loop.inEventLoop { body() } else { loop.execute(body) }
    }
}
