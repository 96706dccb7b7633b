import DequeModule
import Logging
import Model
import NIOCore
import Sandbox
import Wire

/// The instances of one plugin for one tenant, and the calls that wait for one. Confined to its event loop.
final class Pool {
    private struct Waiting {
        let number: Int
        let method: String
        let parameters: ByteBuffer
        let deadline: Duration
        let hardLimit: Duration
        let completion: Child.Completion
        let timer: Scheduled<Void>
    }

    /// Names a call from its acceptance to its end, wherever it is meanwhile.
    struct Ticket {
        fileprivate let number: Int
    }

    let tenant: TenantID
    let plugin: PluginID
    let journal = PoolJournal()
    private let policy: PoolPolicy
    private let loop: any EventLoop
    private let children: [Child]
    private var waiting: Deque<Waiting> = []
    private var lastNumber = 0
    private var placed: [Int: (child: Child, token: CallTable.Token)] = [:]
    private var idleSince: [NIODeadline?]
    private var idleTimer: Scheduled<Void>?
    private var stopped: Problem?
    private var emptied: [() -> Void] = []

    init(
        tenant: TenantID, plugin: PluginID, firstInstance: Int = 1, blueprint: any ChildBlueprint, policy: PoolPolicy,
        loop: any EventLoop, launcher: Launcher, turns: LaunchTurns, logger: Logger
    ) {
        self.tenant = tenant
        self.plugin = plugin
        self.policy = policy
        self.loop = loop
        let journal = journal
        children = (0..<policy.maximum).map { index in
            Child(
                key: ChildKey(tenant: tenant, plugin: plugin, instance: firstInstance + index), blueprint: blueprint,
                loop: loop, launcher: launcher, turns: turns, journal: journal, logger: logger)
        }
        idleSince = Array(repeating: nil, count: policy.maximum)
    }

    /// Call once, before anything else: the children report to the pool from now on.
    func activate() {
        for (index, child) in children.enumerated() {
            child.observe(
                Child.Observer(
                    ready: { [weak self] in self?.becameReady(index) },
                    leaving: { [weak self] in self?.idleSince[index] = nil },
                    ended: { [weak self] in self?.ended(index, $0) },
                    available: { [weak self] in self?.becameAvailable() }))
        }
        startMore()
    }

    func call(
        _ method: String, _ parameters: ByteBuffer, deadline: Duration, hardLimit: Duration,
        completion: @escaping Child.Completion
    ) -> Ticket {
        lastNumber += 1
        let ticket = Ticket(number: lastNumber)
        if let problem = refusal() {
            completion(.failure(problem))
            return ticket
        }
        if waiting.isEmpty, let index = policy.slotForCall(slots) {
            send(ticket.number, method, parameters, deadline, hardLimit, to: index, completion)
        } else if waiting.count < policy.waitingLimit {
            let number = ticket.number
            let timer = loop.assumeIsolated().scheduleTask(in: .nanoseconds(deadline.nanoseconds)) { [self] in
                withdraw(number, Problem(.deadlineExceeded, "no instance of plugin \(plugin) became free within \(deadline.text)"))
            }
            waiting.append(
                Waiting(
                    number: number, method: method, parameters: parameters, deadline: deadline, hardLimit: hardLimit,
                    completion: completion, timer: timer))
        } else {
            completion(
                .failure(
                    Problem(
                        .retryLater, "plugin \(plugin) has \(waiting.count) calls waiting",
                        hint: "call less often, or allow it more instances")))
        }
        startMore()
        return ticket
    }

    func cancel(_ ticket: Ticket) {
        if let (child, token) = placed[ticket.number] {
            child.cancel(token)
        } else {
            withdraw(ticket.number, Problem(.cancelled, "cancelled while waiting for plugin \(plugin)"))
        }
    }

    /// Starts an instance if none runs, for a person who wants to see that it does; the outcome is told once.
    func warm(completion: @escaping (Problem?) -> Void) {
        _ = call("ping", ByteBuffer(string: "{}"), deadline: .seconds(60), hardLimit: .seconds(60)) { result in
            // A plugin that does not know `ping` is up all the same.
            if case .failure(let problem) = result, problem.code != .unsupported { completion(problem) } else { completion(nil) }
        }
    }

    /// Ends every instance gracefully and refuses calls with `problem` from now on. `completion` runs when all are gone.
    func stop(refusing problem: Problem, completion: @escaping () -> Void) {
        stopped = problem
        for call in waiting { call.timer.cancel() }
        let refused = waiting
        waiting = []
        for call in refused { call.completion(.failure(problem)) }
        for child in children { child.handle(.stop) }
        whenEmpty(completion)
    }

    /// Ends every running instance at once, for a reason that is its fault.
    func condemn(_ reason: ExitReason) {
        for child in children { child.handle(.condemn(reason)) }
    }

    /// Brings back what was stopped or set aside; instances that run are left alone.
    func resume() {
        stopped = nil
        for child in children { child.handle(.release) }
        startMore()
    }

    func note(_ text: String) {
        children.first?.record.log(text, level: "warning", at: children[0].key)
    }

    var slots: [PoolPolicy.Slot] {
        children.map { child in
            switch child.state {
            case .stopped: .stopped
            case .waiting, .starting(asked: nil), .handshaking: .starting
            case .ready: child.isReady ? .ready(inFlight: child.inFlight) : .unavailable
            case .starting, .draining, .stopping, .backingOff: .unavailable
            case .quarantined: .quarantined
            }
        }
    }

    var instances: [Child] { children }
    var isStopped: Bool { stopped != nil }

    private func refusal() -> Problem? {
        if let stopped { return stopped }
        var verdict: ExitReason?
        for child in children {
            guard case .quarantined(let reason) = child.state else { return nil }
            verdict = reason
        }
        return verdict.map {
            Problem(
                .pluginFailed, "plugin \(plugin) is \($0)",
                hint: "after mending it: cloister plugin restart \(plugin) --tenant \(tenant)")
        }
    }

    private func send(
        _ number: Int, _ method: String, _ parameters: ByteBuffer, _ deadline: Duration, _ hardLimit: Duration,
        to index: Int, _ completion: @escaping Child.Completion
    ) {
        let child = children[index]
        idleSince[index] = nil
        let token = child.call(method, parameters, deadline: deadline, hardLimit: hardLimit) { [self] result in
            placed[number] = nil
            completion(result)
            if child.inFlight == 0 { becameIdle(index) }
            dispatch()
        }
        if child.isCalling(token) { placed[number] = (child, token) }
    }

    private func dispatch() {
        while !waiting.isEmpty, let index = policy.slotForCall(slots) {
            let call = waiting.removeFirst()
            call.timer.cancel()
            send(call.number, call.method, call.parameters, call.deadline, call.hardLimit, to: index, call.completion)
        }
    }

    private func withdraw(_ number: Int, _ problem: Problem) {
        guard let index = waiting.firstIndex(where: { $0.number == number }) else { return }
        let call = waiting.remove(at: index)
        call.timer.cancel()
        call.completion(.failure(problem))
    }

    private func startMore() {
        guard stopped == nil else { return }
        for index in policy.slotsToStart(slots, waiting: waiting.count) { children[index].handle(.start) }
    }

    private func becameAvailable() {
        startMore()
        checkEmpty()
    }

    private func becameReady(_ index: Int) {
        becameIdle(index)
        dispatch()
    }

    private func ended(_ index: Int, _ reason: ExitReason) {
        idleSince[index] = nil
        let others = slots.contains { slot in
            switch slot {
            case .starting, .ready: true
            case .stopped, .unavailable, .quarantined: false
            }
        }
        if !others, reason.kind != .stopped, !waiting.isEmpty {
            // Those who wait are told now what they would otherwise learn from a deadline.
            let problem = Problem(
                .pluginFailed, "plugin \(plugin) did not start: \(reason)",
                hint: "see `cloister plugin logs \(plugin) --tenant \(tenant)`", cause: children[index].record.lastEnd?.summary)
            let failed = waiting
            waiting = []
            for call in failed {
                call.timer.cancel()
                call.completion(.failure(problem))
            }
        }
        // A pool at rest has no use for another try.
        if stopped != nil { children[index].handle(.stop) }
        if reason.kind == .stopped { startMore() }
        checkEmpty()
    }

    private func becameIdle(_ index: Int) {
        guard children[index].isReady, waiting.isEmpty else { return }
        idleSince[index] = .now()
        guard idleTimer == nil else { return }
        armIdleTimer(in: policy.idleStop)
    }

    private func armIdleTimer(in time: Duration) {
        idleTimer = loop.assumeIsolated().scheduleTask(in: .nanoseconds(max(time, .milliseconds(10)).nanoseconds)) { [weak self] in
            self?.stopIdle()
        }
    }

    private func stopIdle() {
        idleTimer = nil
        let now = NIODeadline.now()
        var idle = idleSince.count { $0 != nil }
        var next: Duration?
        for (index, since) in idleSince.enumerated() {
            guard let since else { continue }
            let time = Duration.nanoseconds((now - since).nanoseconds)
            if policy.stopsIdle(after: time, idle: idle) {
                idle -= 1
                children[index].handle(.stop)
            } else if time < policy.idleStop {
                next = min(next ?? policy.idleStop, policy.idleStop - time)
            }
        }
        if let next { armIdleTimer(in: next) }
    }

    private func whenEmpty(_ action: @escaping () -> Void) {
        emptied.append(action)
        checkEmpty()
    }

    private func checkEmpty() {
        let gone = slots.allSatisfy { $0 == .stopped || $0 == .quarantined }
        guard gone, !emptied.isEmpty else { return }
        let actions = emptied
        emptied = []
        for action in actions { action() }
    }
}
