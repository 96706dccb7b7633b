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
    let blueprint: any ChildBlueprint
    let loop: any EventLoop
    private let launcher: Launcher
    private let turns: LaunchTurns
    private let logger: Logger
    private var machine: ChildMachine
    private var observer: Observer?
    private var timers: [ChildMachine.Timer: Scheduled<Void>] = [:]
    private(set) var process: ChildProcess?
    let calls = CallTable()
    var record: ChildRecord
    private var isLeaving = false
    private var turn: TurnQueue.Turn?

    init(
        key: ChildKey, blueprint: any ChildBlueprint, loop: any EventLoop, launcher: Launcher, turns: LaunchTurns, journal: PoolJournal,
        logger: Logger
    ) {
        self.key = key
        record = ChildRecord(journal: journal)
        self.blueprint = blueprint
        self.loop = loop
        self.launcher = launcher
        self.turns = turns
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
        guard !process.translates else {
            return translate(method, parameters, process, deadline, hardLimit, completion)
        }
        return send(method, parameters, process, deadline, hardLimit, completion)
    }

    private func send(
        _ method: String, _ parameters: ByteBuffer, _ process: ChildProcess, _ deadline: Duration,
        _ hardLimit: Duration, _ completion: @escaping Completion
    ) -> CallTable.Token {
        let token = calls.add(extending: deadline, completion)
        let now = NIODeadline.now()
        let id = process.peer.call(
            method, parameters: parameters, deadline: now + .nanoseconds(deadline.nanoseconds),
            hardDeadline: now + .nanoseconds(hardLimit.nanoseconds)
        ) { [self] result in finished(token, result) }
        calls.sent(token, as: id)
        return token
    }

    /// Sends a call in the words of the child's own protocol, and hands its answer back in the host's.
    private func translate(
        _ method: String, _ parameters: ByteBuffer, _ process: ChildProcess, _ deadline: Duration,
        _ hardLimit: Duration, _ completion: @escaping Completion
    ) -> CallTable.Token {
        do throws(Problem) {
            let message = try process.dialect.request(DialectMessage(method, parameters), as: process.peer.nextCall)
            return send(message.method, message.parameters, process, deadline, hardLimit) { result in
                guard case .success(let answer) = result else { return completion(result) }
                do throws(Problem) {
                    completion(.success(try process.dialect.answer(to: method, answer)))
                } catch {
                    completion(.failure(error))
                }
            }
        } catch {
            completion(.failure(error))
            return CallTable.none
        }
    }

    /// Whether a call is still in flight; one that failed at once never was.
    func isCalling(_ token: CallTable.Token) -> Bool { calls.id(of: token) != nil }

    /// Tells the child something, if it is past its greeting and speaks the host's own protocol.
    func notify(_ method: String, _ parameters: ByteBuffer) {
        guard machine.state == .ready, let process, !process.translates else { return }
        process.peer.notify(method, parameters: parameters)
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
        let id = calls.id(of: token)
        calls.complete(token, result.mapError(\.afterSending))
        if let id { blueprint.observe(.callEnded(id.messageID, remaining: calls.count), of: key) }
    }

    private func carryOut(_ effect: ChildMachine.Effect) {
        switch effect {
        case .awaitTurn: awaitTurn()
        case .launch: launch()
        case .greet: open()
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
            endTurn()
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
            blueprint.observe(.setAside(reason), of: key)
        }
    }

    private func ended(_ reason: ExitReason) {
        let expected = reason.kind == .stopped
        let excerpt = record.finish(reason, at: key)
        logger.log(level: expected ? .info : .warning, "child ended: \(key): \(reason)", metadata: metadata)
        process = nil
        endTurn()
        let code: Problem.Code = expected ? .shuttingDown : .pluginFailed
        var problem = Problem(
            code, "plugin \(key.plugin) ended during the call: \(reason)",
            hint: expected ? nil : "see `cloister plugin logs \(key.plugin) --tenant \(key.tenant)`", cause: excerpt)
        problem.mayHaveHappened = true
        calls.completeAll(.failure(problem))
        blueprint.observe(.ended(reason), of: key)
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
    private func awaitTurn() {
        let bound = NIOLoopBound(self, eventLoop: loop)
        turns.request(for: key.tenant) { [loop] turn in loop.execute { bound.value.admitted(turn) } }
    }

    private func admitted(_ turn: TurnQueue.Turn) {
        // It may have been stopped meanwhile, and then asked to start again: the later turn is still to come.
        guard machine.state == .waiting else { return turns.end(turn) }
        self.turn = turn
        loop.assumeIsolated().scheduleTask(in: .nanoseconds(LaunchTurns.longest.nanoseconds)) { [turns] in
            turns.end(turn)
        }
        handle(.admitted)
    }

    private func endTurn() {
        if let turn { turns.end(turn) }
        turn = nil
    }

    private func launch() {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let (blueprint, key, launcher, loop) = (blueprint, key, launcher, loop)
        launcher.submit {
            do throws(Problem) {
                let prepared = try blueprint.prepare(instance: key.instance)
                let started = try launcher.launchNow(prepared.plan, group: prepared.group?.descriptor)
                let process = started.process
                let ends = started.take()
                loop.execute {
                    bound.value.launched(process: process, ends: ends, group: prepared.group)
                }
            } catch {
                loop.execute { bound.value.handle(.ended(ExitReason(.setup, "not started: \(error)"))) }
            }
        }
    }

    private func launched(
        process number: Int32, ends: Launcher.Ends, group: ControlGroup?
    ) {
        let dialect = blueprint.dialect(instance: key.instance)
        let peer = Peer(
            limits: blueprint.limits,
            handlers: Peer.Handlers(
                request: { [self] in asked($0) },
                notification: { [self] in hear(.notified($0, $1)) },
                strike: { [self] in record.log("strike: \($0)", level: "warning", at: key) },
                closed: { [self] in closed($0) }),
            cancellation: dialect.cancellation)
        let process = ChildProcess(
            number: number, group: group, peer: peer, dialect: dialect, loop: loop, launcher: launcher)
        self.process = process
        let (tap, child) = (blueprint.tap, key)
        process.attach(
            ends, errorRate: blueprint.errorRate,
            tap: tap.map { tap in
                WireTapHandler(lineBytes: blueprint.limits.lineBytes) { direction, line in tap(child, direction, line) }
            },
            errors: { [self] buffer in
                for line in record.keep(errors: buffer, at: key) {
                    tap?(child, .errors, ByteBuffer(string: line))
                    logger.info("\(line)", metadata: metadata)
                }
            },
            listening: { [self] socket in serve(socket) },
            ended: { [self] observation in
                handle(.ended(observation.reason(asked: nil, nameOfSystemCall: SystemCallTable.name(of:))))
            })
        handle(.launched)
    }

    /// A child whose way out did not arrive is not let run without it.
    private func serve(_ socket: Int32) {
        do throws(Problem) {
            let listener = try EgressSocket.receive(from: Descriptor(owning: socket))
            process?.whenEnded(blueprint.serve(listener, of: key))
        } catch {
            handle(.condemn(ExitReason(.setup, "not started: \(error)")))
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

extension Problem {
    /// Of a call that was sent: where the plugin itself did not answer, it may have done what it was asked for.
    fileprivate var afterSending: Problem {
        guard [.deadlineExceeded, .cancelled, .unreachable].contains(code) else { return self }
        var problem = self
        problem.mayHaveHappened = true
        return problem
    }
}
