import HostTesting
import Model
import Synchronization
import Testing

@testable import Workflows

/// Who may begin an action, and when.
@Suite(.timeLimit(.minutes(1))) struct SlotDeskTests {
    private final class Log: Sendable {
        private let names = Mutex<[String]>([])
        func add(_ name: String) { names.withLock { $0.append(name) } }
        var all: [String] { names.withLock { $0 } }
    }

    @Test func `a tenant that took all its tokens gets one after the other, and never more than a second's worth`() {
        var rate = ActionRate(perSecond: 4)
        for _ in 0..<4 {
            #expect(rate.wait(at: 0) == 0)
            rate.take(at: 0)
        }
        #expect(rate.wait(at: 0) == 250_000_000 && !rate.isFull(at: 0))
        #expect(rate.wait(at: 250_000_000) == 0)
        rate.take(at: 250_000_000)
        #expect(rate.wait(at: 250_000_000) == 250_000_000)
        #expect(rate.isFull(at: 1_250_000_000))
        // A day later there are no more than in the beginning.
        let late: Int64 = 86_400_000_000_000
        for _ in 0..<4 { rate.take(at: late) }
        #expect(rate.wait(at: late) == 250_000_000)
    }

    @Test func `who has no token waits for one, in his turn, and keeps no other tenant waiting`() async throws {
        let desk = SlotDesk(SlotDesk.Limits(perSecond: 1))
        let (busy, other) = (TenantID(unchecked: "busy"), TenantID(unchecked: "other"))
        let log = Log()
        await desk.enter(busy, priority: 0)
        await withTaskGroup(of: Void.self) { group in
            for number in 1...2 {
                group.addTask {
                    await desk.enter(busy, priority: -number)
                    log.add("busy")
                    await desk.leave(busy)
                }
            }
            group.addTask {
                await desk.enter(other, priority: 0)
                log.add("other")
                await desk.leave(other)
            }
        }
        // All came to their turn, though nobody left in between whose slot they could have had.
        #expect(log.all.sorted() == ["busy", "busy", "other"])
        await desk.leave(busy)
    }
}
