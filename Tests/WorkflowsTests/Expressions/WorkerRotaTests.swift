import HostTesting
import Model
import Testing
import Workflows

@Suite struct WorkerRotaTests {
    private let a = TenantID(unchecked: "a")
    private let b = TenantID(unchecked: "b")
    private let c = TenantID(unchecked: "c")

    /// A rota by reference, for expectations look at it from closures.
    private final class Desk {
        private var rota: WorkerRota

        init(_ limits: WorkerRota.Limits = WorkerRota.Limits()) { rota = WorkerRota(limits) }

        var count: Int { rota.count }
        func ask(_ ticket: Int, for tenant: TenantID) throws -> [WorkerRota.Effect] { try rota.ask(ticket, for: tenant) }
        func withdraw(_ ticket: Int, of tenant: TenantID) -> Bool { rota.withdraw(ticket, of: tenant) }
        func started(_ worker: Int) -> [WorkerRota.Effect] { rota.started(worker) }
        func gone(_ worker: Int) -> [WorkerRota.Effect] { rota.gone(worker) }
        func look(at now: Duration) -> [WorkerRota.Effect] { rota.look(at: now) }
        func release(_ worker: Int, isUsable: Bool, at now: Duration) -> [WorkerRota.Effect] {
            rota.release(worker, isUsable: isUsable, at: now)
        }
    }

    @Test func `the first evaluation starts a worker and a spare, the next tenant gets the spare at once`() throws {
        let rota = Desk()
        #expect(try rota.ask(1, for: a) == [.start(worker: 1), .start(worker: 2)])
        #expect(rota.started(2) == [.grant(ticket: 1, worker: 2)])
        #expect(rota.started(1) == [])
        #expect(try rota.ask(2, for: b) == [.grant(ticket: 2, worker: 1), .start(worker: 3)])
    }

    @Test func `a tenant's worker is used again by it alone`() throws {
        let rota = Desk()
        _ = try rota.ask(1, for: a)
        _ = rota.started(1)
        #expect(rota.release(1, isUsable: true, at: .zero) == [])
        #expect(try rota.ask(2, for: a) == [.grant(ticket: 2, worker: 1)])
        _ = rota.release(1, isUsable: true, at: .zero)
        #expect(try rota.ask(3, for: b) == [.start(worker: 3)], "it waits for one that was nobody's")
    }

    @Test func `with no place left, the worker that has rested longest makes room`() throws {
        var limits = WorkerRota.Limits()
        limits.workers = 2
        let rota = Desk(limits)
        _ = try rota.ask(1, for: a)
        _ = rota.started(1)
        _ = rota.started(2)
        _ = try rota.ask(2, for: b)
        _ = rota.release(2, isUsable: true, at: .seconds(1))
        _ = rota.release(1, isUsable: true, at: .seconds(2))
        #expect(try rota.ask(3, for: c) == [.stop(worker: 2)])
        #expect(rota.gone(2) == [.start(worker: 2)])
        #expect(rota.started(2) == [.grant(ticket: 3, worker: 2)])
        #expect(rota.count == 2)
    }

    @Test func `tenants take turns`() throws {
        var limits = WorkerRota.Limits()
        limits.workers = 1
        limits.workersPerTenant = 1
        let rota = Desk(limits)
        var granted: [Int] = []
        var pending = try (1...4).flatMap { try rota.ask($0, for: a) } + (5...6).flatMap { try rota.ask($0, for: b) }
        while !pending.isEmpty {
            switch pending.removeFirst() {
            case .start(let worker): pending += rota.started(worker)
            case .stop(let worker): pending += rota.gone(worker)
            case .grant(let ticket, let worker):
                granted.append(ticket)
                pending += rota.release(worker, isUsable: true, at: .zero)
            case .refuse: Issue.record("refused")
            }
        }
        #expect(Set(granted) == Set(1...6))
        #expect(granted.prefix(4).contains(5), "b waits for a's flood: \(granted)")
    }

    @Test func `idle workers end, and the spare with the last of them`() throws {
        let rota = Desk()
        _ = try rota.ask(1, for: a)
        _ = rota.started(1)
        _ = rota.started(2)
        _ = rota.release(1, isUsable: true, at: .seconds(5))
        #expect(rota.look(at: .seconds(60)) == [])
        #expect(rota.look(at: .seconds(65)) == [.stop(worker: 1), .stop(worker: 2)])
        _ = rota.gone(1)
        #expect(rota.gone(2) == [])
        #expect(rota.count == 0)
    }

    @Test func `where none starts, those who wait are refused, and the next one tries again`() throws {
        let rota = Desk()
        _ = try rota.ask(1, for: a)
        #expect(rota.gone(1) == [], "the spare is still on its way")
        #expect(rota.gone(2) == [.refuse(ticket: 1)])
        #expect(try rota.ask(2, for: a) == [.start(worker: 1), .start(worker: 2)])
    }

    @Test func `the queue is bounded, for a tenant and for all`() throws {
        var limits = WorkerRota.Limits()
        limits.waitingPerTenant = 2
        limits.waiting = 3
        let rota = Desk(limits)
        for ticket in 1...2 { _ = try rota.ask(ticket, for: a) }
        #expect(throws: Problem.self) { try rota.ask(3, for: a) }
        _ = try rota.ask(4, for: b)
        #expect(throws: Problem.self) { try rota.ask(5, for: c) }
        #expect(rota.withdraw(4, of: b))
        #expect(!rota.withdraw(4, of: b))
        _ = try rota.ask(6, for: c)
    }

    @Test func `whatever happens in whatever order, workers are few, never handed on, and nobody is forgotten`() throws {
        for seed in 0..<300 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var limits = WorkerRota.Limits()
            limits.workers = Int.random(in: 1...4, using: &random)
            limits.workersPerTenant = Int.random(in: 1...2, using: &random)
            let rota = Desk(limits)
            var (owners, open, events) = ([Int: TenantID](), [Int: TenantID](), [WorkerRota.Effect]())
            var clock = Duration.zero
            func take(_ effects: [WorkerRota.Effect]) {
                for effect in effects {
                    if case .grant(let ticket, let worker) = effect {
                        let tenant = open.removeValue(forKey: ticket)
                        #expect(tenant != nil && (owners[worker] == nil || owners[worker] == tenant), "seed \(seed)")
                        owners[worker] = tenant
                    }
                    if case .refuse(let ticket) = effect { open[ticket] = nil }
                    events.append(effect)
                }
                #expect(rota.count <= limits.workers, "seed \(seed)")
            }
            func happen() {
                clock += .seconds(1)
                switch events.remove(at: Int.random(in: events.indices, using: &random)) {
                case .start(let worker):
                    if Int.random(in: 0..<8, using: &random) == 0 { take(rota.gone(worker)) } else { take(rota.started(worker)) }
                case .stop(let worker):
                    owners[worker] = nil
                    take(rota.gone(worker))
                case .grant(_, let worker):
                    take(rota.release(worker, isUsable: Int.random(in: 0..<4, using: &random) > 0, at: clock))
                case .refuse: break
                }
            }
            for ticket in 0..<60 {
                let tenant = [a, b, c][Int.random(in: 0..<3, using: &random)]
                open[ticket] = tenant
                take(try rota.ask(ticket, for: tenant))
                if !events.isEmpty, Bool.random(using: &random) { happen() }
                if Int.random(in: 0..<10, using: &random) == 0 { take(rota.look(at: clock)) }
            }
            while !events.isEmpty { happen() }
            #expect(open.isEmpty, "seed \(seed): \(open)")
        }
    }
}
