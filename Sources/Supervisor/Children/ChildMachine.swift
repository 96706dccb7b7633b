import Model

/// What a child is doing and what follows from an event: pure, and total over every state and event.
///
/// The executor carries the effects out in order and feeds back what happened. Time is a duration on any monotonic clock.
package struct ChildMachine: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        case stopped
        /// It is to start when its turn comes.
        case waiting
        /// The launcher has been asked; no process is known yet. `asked`: it is to end as soon as it is known.
        case starting(asked: ExitReason?)
        case handshaking
        case ready
        /// Asked to finish what it has in flight.
        case draining
        case stopping(Stage, asked: ExitReason)
        case backingOff
        case quarantined(ExitReason)
    }

    /// How firmly a child has been asked to end.
    package enum Stage: Sendable, Equatable, CaseIterable {
        case inputClosed
        case terminated
        case killed
    }

    package enum Event: Sendable, Equatable {
        case start
        /// Its turn to start has come.
        case admitted
        case launched
        case greeted
        case greetingFailed(ExitReason)
        case stop
        /// Ends it at once, for a reason that is its fault.
        case condemn(ExitReason)
        /// The shutdown request was answered, or cannot be.
        case drained
        /// The process and everything it started are gone, or never came to be.
        case ended(ExitReason)
        case answered
        case silent
        /// A call ran past its deadline and was cancelled.
        case overdue
        case elapsed(Timer)
        /// A person or an update brings a quarantined child back.
        case release
    }

    package enum Timer: Sendable, Equatable, CaseIterable {
        case start
        case stop
        case backOff
        case stable
        case ping
    }

    package enum Effect: Sendable, Equatable {
        case awaitTurn
        case launch
        case greet
        case requestShutdown
        case closeInput
        case terminate
        case kill
        /// Sends a ping that must be answered within the duration, unless calls in flight show that it is at work.
        case ping(within: Duration)
        /// Sends a ping that must be answered within the duration, whatever else is in flight.
        case probe(within: Duration)
        case arm(Timer, Duration)
        case disarm(Timer)
        case announceReady
        /// No further calls: the child is leaving.
        case announceLeaving
        case announceEnded(ExitReason)
        /// It may be started again.
        case announceAvailable
        case announceQuarantined(ExitReason)
    }

    package struct Deadlines: Sendable, Equatable {
        package var start: Duration = .seconds(10)
        package var stop: Duration = .seconds(5)
        package var pingInterval: Duration = .seconds(30)
        package var pingAnswer: Duration = .seconds(10)
        package var missedPings = 3

        package init() {}
    }

    package private(set) var state: State = .stopped
    private let deadlines: Deadlines
    private var intensity: RestartIntensity
    private var missed = 0
    /// A call is overdue, and the ping on its way is the last chance.
    private var isProbed = false

    package init(deadlines: Deadlines, intensity: RestartIntensity = RestartIntensity()) {
        self.deadlines = deadlines
        self.intensity = intensity
    }

    package mutating func handle(_ event: Event, at now: Duration) -> [Effect] {
        switch state {
        case .stopped: handleStopped(event)
        case .waiting: handleWaiting(event, now)
        case .starting(let asked): handleStarting(event, asked, now)
        case .handshaking: handleHandshaking(event, now)
        case .ready: handleReady(event, now)
        case .draining: handleDraining(event, now)
        case .stopping(let stage, let asked): handleStopping(event, stage, asked, now)
        case .backingOff: handleBackingOff(event)
        case .quarantined: handleQuarantined(event)
        }
    }

    private mutating func launch() -> [Effect] {
        state = .starting(asked: nil)
        missed = 0
        isProbed = false
        return [.launch, .arm(.start, deadlines.start)]
    }

    private mutating func handleStopped(_ event: Event) -> [Effect] {
        switch event {
        case .start:
            state = .waiting
            return [.awaitTurn]
        case .release:
            intensity.forget()
            return []
        case .admitted, .launched, .greeted, .greetingFailed, .stop, .condemn, .drained, .ended, .answered, .silent, .overdue,
            .elapsed:
            return []
        }
    }

    private mutating func handleWaiting(_ event: Event, _ now: Duration) -> [Effect] {
        switch event {
        case .admitted: return launch()
        case .stop: return settle(ExitReason(.stopped, "stopped before its turn to start"), now, [])
        case .condemn(let reason): return settle(reason, now, [])
        case .start, .launched, .greeted, .greetingFailed, .drained, .ended, .answered, .silent, .overdue, .elapsed,
            .release:
            return []
        }
    }

    private mutating func handleStarting(_ event: Event, _ asked: ExitReason?, _ now: Duration) -> [Effect] {
        switch event {
        case .launched:
            if let asked { return kill(asked) }
            state = .handshaking
            return [.greet]
        case .ended(let reason): return settle(asked ?? reason, now, [.disarm(.start)])
        case .stop:
            state = .starting(asked: ExitReason(.stopped, "stopped while starting"))
            return []
        case .condemn(let reason):
            state = .starting(asked: reason)
            return []
        case .elapsed(.start):
            state = .starting(asked: late("start"))
            return []
        case .start, .admitted, .greeted, .greetingFailed, .drained, .answered, .silent, .overdue, .elapsed, .release: return []
        }
    }

    private mutating func handleHandshaking(_ event: Event, _ now: Duration) -> [Effect] {
        switch event {
        case .greeted:
            state = .ready
            return [
                .disarm(.start), .announceReady, .arm(.stable, intensity.stableUptime),
                .arm(.ping, deadlines.pingInterval),
            ]
        case .greetingFailed(let reason), .condemn(let reason): return [.disarm(.start)] + kill(reason)
        case .elapsed(.start): return kill(late("answer `initialize`"))
        case .stop: return [.disarm(.start)] + kill(ExitReason(.stopped, "stopped while starting"))
        case .ended(let reason): return settle(reason, now, [.disarm(.start)])
        case .start, .admitted, .launched, .drained, .answered, .silent, .overdue, .elapsed, .release: return []
        }
    }

    private mutating func handleReady(_ event: Event, _ now: Duration) -> [Effect] {
        let leave: [Effect] = [.disarm(.ping), .disarm(.stable), .announceLeaving]
        switch event {
        case .stop:
            state = .draining
            return leave + [.requestShutdown, .arm(.stop, deadlines.stop)]
        case .condemn(let reason): return leave + kill(reason)
        case .ended(let reason): return settle(reason, now, leave)
        case .elapsed(.stable):
            intensity.forget()
            return []
        case .elapsed(.ping): return [.ping(within: deadlines.pingAnswer)]
        case .answered:
            missed = 0
            isProbed = false
            return [.arm(.ping, deadlines.pingInterval)]
        case .silent:
            guard !isProbed else {
                return leave
                    + kill(ExitReason(.deadline, "ended: overdue with a call, and no answer to a ping within \(deadlines.stop.text)"))
            }
            missed += 1
            guard missed < deadlines.missedPings else {
                return leave + kill(ExitReason(.deadline, "ended: \(missed) pings without an answer"))
            }
            return [.ping(within: deadlines.pingAnswer)]
        case .overdue:
            // One chance to show that it still reads: a plugin that works one call at a time may just be busy.
            isProbed = true
            return [.disarm(.ping), .probe(within: deadlines.stop)]
        case .start, .admitted, .launched, .greeted, .greetingFailed, .drained, .elapsed, .release: return []
        }
    }

    private mutating func handleDraining(_ event: Event, _ now: Duration) -> [Effect] {
        let asked = ExitReason(.stopped, "stopped")
        switch event {
        case .drained, .elapsed(.stop):
            state = .stopping(.inputClosed, asked: asked)
            return [.closeInput, .arm(.stop, deadlines.stop)]
        case .condemn(let reason): return [.disarm(.stop)] + kill(reason)
        case .ended: return settle(asked, now, [.disarm(.stop)])
        case .start, .admitted, .launched, .greeted, .greetingFailed, .stop, .answered, .silent, .overdue, .elapsed, .release:
            return []
        }
    }

    private mutating func handleStopping(
        _ event: Event, _ stage: Stage, _ asked: ExitReason, _ now: Duration
    ) -> [Effect] {
        switch event {
        case .elapsed(.stop):
            switch stage {
            case .inputClosed:
                state = .stopping(.terminated, asked: asked)
                return [.terminate, .arm(.stop, deadlines.stop)]
            case .terminated: return kill(asked)
            case .killed:
                // The kernel is slow to tear down; asking again costs nothing.
                return [.kill, .arm(.stop, deadlines.stop)]
            }
        case .condemn(let reason):
            guard stage != .killed else { return [] }
            return [.disarm(.stop)] + kill(reason)
        case .ended(let reason):
            // The supervisor's own reason explains the end, except that the kernel or the launcher saw a deeper one.
            let deeper: Set<ExitReason.Kind> = [.outOfMemory, .seccomp, .setup]
            return settle(deeper.contains(reason.kind) ? reason : asked, now, [.disarm(.stop)])
        case .start, .admitted, .launched, .greeted, .greetingFailed, .stop, .drained, .answered, .silent, .overdue, .elapsed,
            .release:
            return []
        }
    }

    private mutating func handleBackingOff(_ event: Event) -> [Effect] {
        switch event {
        case .elapsed(.backOff):
            state = .stopped
            return [.announceAvailable]
        case .stop:
            state = .stopped
            return [.disarm(.backOff)]
        case .release:
            intensity.forget()
            state = .stopped
            return [.disarm(.backOff), .announceAvailable]
        case .start, .admitted, .launched, .greeted, .greetingFailed, .condemn, .drained, .ended, .answered, .silent, .overdue,
            .elapsed:
            return []
        }
    }

    private mutating func handleQuarantined(_ event: Event) -> [Effect] {
        switch event {
        case .release:
            intensity.forget()
            state = .stopped
            return [.announceAvailable]
        case .start, .admitted, .launched, .greeted, .greetingFailed, .stop, .condemn, .drained, .ended, .answered, .silent,
            .overdue, .elapsed:
            return []
        }
    }

    private mutating func kill(_ reason: ExitReason) -> [Effect] {
        state = .stopping(.killed, asked: reason)
        return [.kill, .arm(.stop, deadlines.stop)]
    }

    private func late(_ action: String) -> ExitReason {
        ExitReason(.deadline, "ended: did not \(action) within \(deadlines.start.text)")
    }

    /// The child is gone: to rest if that was wanted, else to another try or into quarantine.
    private mutating func settle(_ reason: ExitReason, _ now: Duration, _ effects: [Effect]) -> [Effect] {
        guard reason.kind != .stopped else {
            state = .stopped
            return effects + [.announceEnded(reason)]
        }
        switch intensity.failed(at: now) {
        case .retry(let delay):
            state = .backingOff
            return effects + [.announceEnded(reason), .arm(.backOff, delay)]
        case .giveUp(let failures, let window):
            let text = "set aside after \(failures) failures within \(window.text); the last: \(reason)"
            let verdict = ExitReason(reason.kind, text)
            state = .quarantined(verdict)
            return effects + [.announceEnded(reason), .announceQuarantined(verdict)]
        }
    }
}
