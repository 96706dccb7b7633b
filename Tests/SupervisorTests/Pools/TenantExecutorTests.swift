import Model
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Supervisor

/// Tasks of several tenants on one event loop.
@Suite(.timeLimit(.minutes(1))) struct TenantExecutorTests {
    private final class Log: Sendable {
        private let names = Mutex<[String]>([])
        func add(_ name: String) { names.withLock { $0.append(name) } }
        var all: [String] { names.withLock { $0 } }
    }

    @Test func `who has much to do keeps another waiting for one job`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let executors = TenantExecutors(loop)
        let log = Log()
        let (busy, other) = (executors.executor(of: TenantID(unchecked: "busy")), executors.executor(of: TenantID(unchecked: "other")))
        // Nothing begins before everything is in its line.
        let tasks = try await loop.submit {
            (0..<1000).map { number in Task(executorPreference: number == 999 ? other : busy) { log.add(number == 999 ? "other" : "busy") } }
        }.get()
        for task in tasks { await task.value }
        #expect(log.all.count == 1000)
        #expect(log.all.prefix(2).contains("other"))
    }

    @Test func `tasks that suspend and resume, of many tenants at once, all come to their end on the loop`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let executors = TenantExecutors(loop)
        let places = Log()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask(executorPreference: executors.executor(of: TenantID(unchecked: "t\(number % 7)"))) {
                    for _ in 0..<20 {
                        await Task.yield()
                        if !loop.inEventLoop { places.add("elsewhere") }
                    }
                }
            }
        }
        #expect(places.all.isEmpty)
    }
}
