import Model
import NIOCore
import Wire

/// What the child's dialect decides, carried out.
extension Child {
    func open() {
        guard let process else { return }
        for step in process.dialect.open() { follow(step) }
    }

    /// Tells the dialect of the life that goes on now what happened.
    func hear(_ event: DialectEvent) {
        guard let process else { return }
        for step in process.dialect.handle(event) { follow(step) }
    }

    private func follow(_ step: DialectStep) {
        switch step {
        case .ask(let number, let message, let patience): ask(number, message, patience)
        case .tell(let message): process?.peer.notify(message.method, parameters: message.parameters)
        case .wait(let number, let duration): wait(number, duration)
        case .opened:
            guard let process else { return }
            if let unheard = process.unheard { process.peer.forget(unheard) }
            process.peer.settle()
            blueprint.learned(from: process.dialect)
            handle(.greeted)
        case .failed(let reason): handle(.greetingFailed(reason))
        case .changed: if let process { blueprint.learned(from: process.dialect) }
        case .progress(let progress):
            guard let until = calls.extended(progress) else { return }
            process?.peer.extendDeadline(of: progress.id, to: until)
        case .log(let parameters):
            guard let dialect = process?.dialect else { return }
            record.keepLog(at: key) { dialect.logRecord(parameters) }
        case .note(let text, let level): record.log(text, level: level, at: key)
        }
    }

    private func ask(_ number: Int, _ message: DialectMessage, _ patience: Duration?) {
        guard let process else { return }
        let peer = process.peer
        var timer: Scheduled<Void>?
        let id = peer.call(message.method, parameters: message.parameters, deadline: nil) { [self] result in
            timer?.cancel()
            // A closed pipe is explained by the end that follows it.
            if case .failure(let problem) = result, problem.code == .unreachable { return }
            guard self.process === process else { return }
            hear(.answered(number, result))
        }
        guard let patience else { return }
        timer = loop.assumeIsolated().scheduleTask(in: .nanoseconds(patience.nanoseconds)) { [self] in
            guard self.process === process else { return }
            process.unheard = id
            hear(.silent(number))
        }
    }

    private func wait(_ number: Int, _ duration: Duration) {
        let process = process
        loop.assumeIsolated().scheduleTask(in: .nanoseconds(duration.nanoseconds)) { [self] in
            guard let process, self.process === process else { return }
            hear(.waited(number))
        }
    }

    func requestShutdown() {
        // Calls in flight have their own deadlines; the machine's covers all of them.
        let drained = { [self] in calls.whenEmpty { [self] in handle(.drained) } }
        guard let process else { return }
        guard let farewell = process.dialect.farewell else { return drained() }
        _ = process.peer.call(farewell.method, parameters: farewell.parameters, deadline: nil) { _ in drained() }
    }

    func ping(within time: Duration) {
        guard let process else { return }
        guard let message = process.dialect.signOfLife else { return handle(.answered) }
        let deadline = NIODeadline.now() + .nanoseconds(time.nanoseconds)
        _ = process.peer.call(message.method, parameters: message.parameters, deadline: deadline) { [self] result in
            switch result {
            // An error is an answer too: it reads.
            case .failure(let problem) where problem.code == .deadlineExceeded: handle(.silent)
            case .success, .failure: handle(.answered)
            }
        }
    }

    func asked(_ request: InboundRequest) {
        switch process?.dialect.inbound(request.method) {
        case nil: break
        case .host: blueprint.answer(request, from: key)
        case .result(let result): request.respond(result)
        case .unknownMethod: request.failUnknownMethod()
        case .strike(let reason): request.strike(reason)
        }
    }
}
