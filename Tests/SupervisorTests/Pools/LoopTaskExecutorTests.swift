import Dispatch
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Supervisor

/// Whose turn it is on an event loop.
@Suite(.timeLimit(.minutes(1))) struct LoopTaskExecutorTests {
    private final class Log: Sendable {
        private let names = Mutex<[String]>([])
        func add(_ name: String) { names.withLock { $0.append(name) } }
        var all: [String] { names.withLock { $0 } }
    }

    /// Resumed by whom and when a test wants.
    private final class Gate: Sendable {
        private let waiting = Mutex<CheckedContinuation<Void, Never>?>(nil)
        func wait() async { await withCheckedContinuation { continuation in waiting.withLock { $0 = continuation } } }
        var isWaitedFor: Bool { waiting.withLock { $0 != nil } }
        func open() { waiting.withLock { $0.take() }?.resume() }
    }

    @Test func `what comes back from another thread does not wait for everything that is new`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let executor = LoopTaskExecutor(loop)
        let (log, gate) = (Log(), Gate())
        let first = Task(executorPreference: executor) {
            await gate.wait()
            log.add("back")
        }
        while !gate.isWaitedFor { await Task.yield() }
        let tasks = try await loop.submit {
            let tasks = (0..<1000).map { number in Task(executorPreference: executor) { log.add("\(number)") } }
            // The loop is here, so that it comes behind all of them.
            let isOpen = DispatchSemaphore(value: 0)
            DispatchQueue.global().async {
                gate.open()
                isOpen.signal()
            }
            isOpen.wait()
            return tasks
        }.get()
        await first.value
        for task in tasks { await task.value }
        #expect(log.all.first == "back")
        #expect(log.all.dropFirst().elementsEqual((0..<1000).map { "\($0)" }))
    }

    @Test func `a task that never lets go keeps a new one waiting for a few of its jobs`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let executor = LoopTaskExecutor(loop)
        let log = Log()
        let (busy, new) = try await loop.submit {
            (
                Task(executorPreference: executor) {
                    for _ in 0..<10_000 {
                        log.add("busy")
                        await Task.yield()
                    }
                },
                Task(executorPreference: executor) { log.add("new") }
            )
        }.get()
        await new.value
        await busy.value
        let place = try #require(log.all.firstIndex(of: "new"))
        #expect((1...100).contains(place))
    }

    @Test func `tasks that suspend and resume from everywhere all come to their end on the loop`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let executor = LoopTaskExecutor(loop)
        let places = Log()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask(executorPreference: executor) {
                    for round in 0..<50 {
                        if round % 2 == 0 { await Task.yield() } else { await Task.detached {}.value }
                        if !loop.inEventLoop { places.add("elsewhere") }
                    }
                }
            }
        }
        #expect(places.all.isEmpty)
    }
}
