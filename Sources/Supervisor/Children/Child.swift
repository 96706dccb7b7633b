import Glibc
import Logging
import Model
import NIOCore
import NIOPosix
import Sandbox
import Wire

/// One sealed child over all its lives: carries out what its machine decides. Confined to its event loop.
final class Child {
    /// What a child tells the pool that it belongs to.
    struct Observer {
        var ready: () -> Void
        var leaving: () -> Void
        var ended: (ExitReason) -> Void
        var available: () -> Void
    }

    typealias Completion = (Result<ByteBuffer, Problem>) -> Void

    let key: ChildKey
    private let blueprint: any ChildBlueprint
    private let loop: any EventLoop
    private let launcher: Launcher
    private let logger: Logger
    private var machine: ChildMachine
    private var observer: Observer?
    private var timers: [ChildMachine.Timer: Scheduled<Void>] = [:]
    private var process: ChildProcess?
    private let calls = CallTable()
    private(set) var record: ChildRecord
    private var isLeaving = false

    init(
        key: ChildKey, blueprint: any ChildBlueprint, loop: any EventLoop, launcher: Launcher, journal: PoolJournal,
        logger: Logger
    ) {
        self.key = key
        record = ChildRecord(journal: journal)
        self.blueprint = blueprint
        self.loop = loop
        self.launcher = launcher
        self.logger = logger
        machine = ChildMachine(deadlines: blueprint.deadlines)
    }

    func observe(_ observer: Observer) { self.observer = observer }

    var state: ChildMachine.State { machine.state }
    var isReady: Bool { machine.state == .ready && !isLeaving }
    var inFlight: Int { calls.count }
    var processID: Int32? { process?.sandboxProcess }
    var group: ControlGroup? { process?.group }

    func handle(_ event: ChildMachine.Event) {
        let before = machine.state
        let effects = machine.handle(event, at: .nanoseconds(Int64(NIODeadline.now().uptimeNanoseconds)))
        if before != machine.state { logger.debug("child \(key): \(before) -> \(machine.state)") }
        for effect in effects { carryOut(effect) }
    }

    /// Sends one call. The deadline is soft: progress of the child's extends it, up to `hardLimit`.
    ///
    /// `completion` runs once, on the loop; when the child ends first, with the reason of its end.
    func call(
        _ method: String, _ parameters: ByteBuffer, deadline: Duration, hardLimit: Duration,
        completion: @escaping Completion
    ) -> CallTable.Token {
        guard let process, isReady else {
            completion(.failure(Problem(.retryLater, "plugin \(key.plugin) is not ready")))
            return CallTable.none
        }
        let token = calls.add(extending: deadline, completion)
        let now = NIODeadline.now()
        let id = process.peer.call(
            method, parameters: parameters, deadline: now + .nanoseconds(deadline.nanoseconds),
            hardDeadline: now + .nanoseconds(hardLimit.nanoseconds)
        ) { [self] result in finished(token, result) }
        calls.sent(token, as: id)
        return token
    }

    func cancel(_ token: CallTable.Token) {
        guard let id = calls.id(of: token) else { return }
        process?.peer.cancel(id)
    }

    private func finished(_ token: CallTable.Token, _ result: Result<ByteBuffer, Problem>) {
        if case .failure(let problem) = result {
            // The pipe closed under the call: its caller is told by `ended`, which knows the reason.
            if problem.code == .unreachable, process != nil { return }
            if problem.code == .deadlineExceeded { handle(.overdue) }
        }
        calls.complete(token, result)
    }

    private func carryOut(_ effect: ChildMachine.Effect) {
        switch effect {
        case .launch: launch()
        case .greet: greet()
        case .requestShutdown: requestShutdown()
        case .closeInput: process?.peer.closeOutput()
        case .terminate: process?.terminate()
        case .kill: process?.kill()
        case .ping(let time):
            if calls.count > 0 { handle(.answered) } else { ping(within: time) }
        case .probe(let time): ping(within: time)
        case .arm(let timer, let duration): arm(timer, duration)
        case .disarm(let timer): timers.removeValue(forKey: timer)?.cancel()
        case .announceReady:
            isLeaving = false
            record.log("ready", at: key)
            observer?.ready()
        case .announceLeaving:
            isLeaving = true
            observer?.leaving()
        case .announceEnded(let reason): ended(reason)
        case .announceAvailable: observer?.available()
        case .announceQuarantined(let reason):
            record.log("\(reason)", level: "error", at: key)
            logger.error("plugin set aside: \(key): \(reason)", metadata: metadata)
        }
    }

    private func ended(_ reason: ExitReason) {
        let expected = reason.kind == .stopped
        let excerpt = record.finish(reason, at: key)
        logger.log(level: expected ? .info : .warning, "child ended: \(key): \(reason)", metadata: metadata)
        process = nil
        let code: Problem.Code = expected ? .shuttingDown : .pluginFailed
        calls.completeAll(
            .failure(
                Problem(
                    code, "plugin \(key.plugin) ended during the call: \(reason)",
                    hint: expected ? nil : "see `cloister plugin logs \(key.plugin) --tenant \(key.tenant)`",
                    cause: excerpt)))
        observer?.ended(reason)
    }

    private func arm(_ timer: ChildMachine.Timer, _ duration: Duration) {
        timers[timer]?.cancel()
        timers[timer] = loop.assumeIsolated().scheduleTask(in: .nanoseconds(duration.nanoseconds)) { [self] in
            timers[timer] = nil
            handle(.elapsed(timer))
        }
    }

    private var metadata: Logger.Metadata {
        ["tenant": "\(key.tenant)", "plugin": "\(key.plugin)", "instance": "\(key.instance)"]
    }
}

extension Child {
    private func launch() {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let (blueprint, key, launcher, loop) = (blueprint, key, launcher, loop)
        launcher.submit {
            do throws(Problem) {
                let prepared = try blueprint.prepare(instance: key.instance)
                let started = try launcher.launchNow(prepared.plan, group: prepared.group?.descriptor)
                let process = started.process
                let pipes = started.take()
                loop.execute {
                    bound.value.launched(process: process, pipes: pipes, group: prepared.group)
                }
            } catch {
                loop.execute { bound.value.handle(.ended(ExitReason(.setup, "not started: \(error)"))) }
            }
        }
    }

    private func launched(
        process number: Int32, pipes: (input: Int32, output: Int32, errors: Int32, status: Int32), group: ControlGroup?
    ) {
        let peer = Peer(
            limits: blueprint.limits,
            handlers: Peer.Handlers(
                request: { [self] in blueprint.answer($0, from: key) },
                notification: { [self] in notified($0, $1) },
                strike: { [self] in record.log("strike: \($0)", level: "warning", at: key) },
                closed: { [self] in closed($0) }))
        let process = ChildProcess(number: number, group: group, peer: peer, loop: loop, launcher: launcher)
        self.process = process
        process.attach(
            pipes, errorRate: blueprint.errorRate,
            errors: { [self] buffer in
                for line in record.keep(errors: buffer, at: key) {
                    logger.info("\(line)", metadata: metadata)
                }
            },
            ended: { [self] observation in
                handle(.ended(observation.reason(asked: nil, nameOfSystemCall: SystemCallTable.name(of:))))
            })
        handle(.launched)
    }

    private func greet() {
        _ = process?.peer.call(
            "initialize", parameters: blueprint.greeting(instance: key.instance), deadline: nil
        ) { [self] result in
            switch result {
            case .success(let answer):
                do throws(Problem) {
                    try blueprint.accept(greeting: answer)
                    handle(.greeted)
                } catch {
                    handle(.greetingFailed(ExitReason(.protocolViolation, "`initialize`: \(error)")))
                }
            case .failure(let problem):
                // A closed pipe is explained by the end that follows it.
                guard problem.code != .unreachable else { return }
                handle(.greetingFailed(ExitReason(.protocolViolation, "`initialize` refused: \(problem)")))
            }
        }
    }

    private func requestShutdown() {
        _ = process?.peer.call("shutdown", parameters: ByteBuffer(string: "{}"), deadline: nil) { [self] _ in
            // Calls in flight have their own deadlines; the machine's covers all of them.
            calls.whenEmpty { [self] in handle(.drained) }
        }
    }

    private func ping(within time: Duration) {
        guard let process else { return }
        let deadline = NIODeadline.now() + .nanoseconds(time.nanoseconds)
        _ = process.peer.call("ping", parameters: ByteBuffer(string: "{}"), deadline: deadline) { [self] result in
            switch result {
            // An error is an answer too: it reads.
            case .failure(let problem) where problem.code == .deadlineExceeded: handle(.silent)
            case .success, .failure: handle(.answered)
            }
        }
    }

    private func notified(_ method: String, _ parameters: ByteBuffer?) {
        switch method {
        case "log": record.keep(log: parameters, at: key)
        case "progress":
            guard let progress = Progress(parameters), let until = calls.extended(progress.id) else { return }
            process?.peer.extendDeadline(of: progress.id, to: until)
        default: break
        }
    }

    private func closed(_ reason: CloseReason) {
        guard let process else { return }
        switch reason {
        case .violation(let violation):
            handle(.condemn(ExitReason(.protocolViolation, "ended for breaking the protocol: \(violation)")))
        case .endOfFile, .failed:
            // Mostly its end, which the status pipe is about to tell; a child that lives on without output is useless.
            loop.assumeIsolated().scheduleTask(in: .milliseconds(500)) { [self] in
                guard self.process === process, !process.hasEnded else { return }
                handle(.condemn(ExitReason(.protocolViolation, "closed its standard output")))
            }
        case .requested: break
        }
    }
}
