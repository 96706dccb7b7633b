import CLinux
import Glibc
import Model
import NIOPosix
import Synchronization

/// Carries tunnels on one thread of its own, so that large transfers delay nothing else of the daemon.
final class Relay: Sendable {
    private enum Command: Sendable {
        case carry(Tunnel.Order)
        case end(owner: UInt64)
        case stop
    }

    private let epoll: Int32
    private let event: Int32
    private let commands = Mutex<[Command]>([])
    private let thread: NIOThreadPool
    /// The key of the event that wakes the thread; tunnels count from 1.
    private static let wake: UInt64 = 0

    init() throws(Problem) {
        epoll = cloister_epoll()
        event = cloister_wakeup()
        guard epoll >= 0, event >= 0, cloister_epoll_add(epoll, event, Self.wake) == 0 else {
            throw Problem(.internalFault, "epoll is not to be had", cause: String(cString: strerror(errno)))
        }
        thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        thread.submit { [self] state in
            guard state == .active else { return }
            cloister_name_thread("egress-relay")
            cloister_block_sigpipe()
            var carriage = Carriage(epoll: epoll, event: event)
            carriage.run { self.take() }
        }
    }

    deinit {
        close(epoll)
        close(event)
    }

    /// Takes the order's descriptors over and carries between them until both ends have ended.
    func carry(_ order: Tunnel.Order) { tell(.carry(order)) }

    /// Ends all tunnels of an owner.
    func end(owner: UInt64) { tell(.end(owner: owner)) }

    /// Ends every tunnel and the thread.
    func stop() async {
        tell(.stop)
        try? await thread.shutdownGracefully()
    }

    private func tell(_ command: Command) {
        commands.withLock { $0.append(command) }
        cloister_wake(event)
    }

    private func take() -> [Command] {
        commands.withLock { commands in
            defer { commands = [] }
            return commands
        }
    }

    /// What lives on the thread.
    private struct Carriage {
        let epoll: Int32
        let event: Int32
        var tunnels: [UInt64: Tunnel] = [:]
        var lastKey: UInt64 = 0
        /// Those that have something to do now, each once.
        var ready: [UInt64] = []
        var paused: [UInt64: UInt64] = [:]
        var looked: UInt64 = 0

        init(epoll: Int32, event: Int32) {
            self.epoll = epoll
            self.event = event
        }

        mutating func run(_ take: () -> [Command]) {
            var events = [cloister_event](repeating: cloister_event(key: 0, what: 0), count: 128)
            while true {
                let count = cloister_epoll_wait(epoll, &events, Int32(events.count), timeout)
                var stirred = Set(ready)
                for event in events.prefix(max(0, Int(count))) {
                    guard event.key == Relay.wake else {
                        stirred.insert(event.key)
                        continue
                    }
                    cloister_wakeup_clear(self.event)
                    for command in take() {
                        switch command {
                        case .carry(let order): if let key = add(order) { stirred.insert(key) }
                        case .end(let owner):
                            for (key, tunnel) in tunnels where tunnel.order.owner == owner { end(key, nil) }
                        case .stop:
                            for key in tunnels.keys { end(key, nil) }
                            return
                        }
                    }
                }
                let now = EgressAccount.now
                for (key, time) in paused where time <= now {
                    paused[key] = nil
                    stirred.insert(key)
                }
                ready = []
                for key in stirred { pump(key, now) }
                lookForIdle(now)
            }
        }

        /// Milliseconds until something is due.
        private var timeout: Int32 {
            guard ready.isEmpty else { return 0 }
            guard !tunnels.isEmpty else { return -1 }
            let now = EgressAccount.now
            let next = paused.values.min().map { $0 > now ? ($0 - now) / 1_000_000 + 1 : 0 } ?? 1000
            return Int32(min(next, 1000))
        }

        private mutating func add(_ order: Tunnel.Order) -> UInt64? {
            lastKey += 1
            let tunnel = Tunnel(order, now: EgressAccount.now)
            guard cloister_epoll_add(epoll, order.client, lastKey) == 0,
                cloister_epoll_add(epoll, order.upstream, lastKey) == 0
            else {
                tunnel.release(Refusal(.unreachable, "epoll is full", destination: order.gate.destination))
                return nil
            }
            tunnels[lastKey] = tunnel
            return lastKey
        }

        private mutating func pump(_ key: UInt64, _ now: UInt64) {
            guard let tunnel = tunnels[key] else { return }
            switch tunnel.pump(now: now) {
            case .waiting: break
            case .more: ready.append(key)
            case .paused(let time): paused[key] = time
            case .over(let refusal): end(key, refusal)
            }
        }

        private mutating func end(_ key: UInt64, _ refusal: Refusal?) {
            paused[key] = nil
            tunnels.removeValue(forKey: key)?.release(refusal)
        }

        private mutating func lookForIdle(_ now: UInt64) {
            guard now - looked > 1_000_000_000 else { return }
            looked = now
            for (key, tunnel) in tunnels {
                if let refusal = tunnel.overdue(now: now) { end(key, refusal) }
            }
        }
    }
}
