import Model
import Testing

@testable import Supervisor

/// Every state of the machine, reached by the events that lead there.
private func machines() -> [(name: String, machine: ChildMachine)] {
    let crash = ExitReason(.exited, "exited 3")
    let paths: [(String, [ChildMachine.Event])] = [
        ("stopped", []),
        ("waiting", [.start]),
        ("starting", [.start, .admitted]),
        ("starting, asked to stop", [.start, .admitted, .stop]),
        ("starting, too late", [.start, .admitted, .elapsed(.start)]),
        ("handshaking", [.start, .admitted, .launched]),
        ("ready", [.start, .admitted, .launched, .greeted]),
        ("ready, overdue", [.start, .admitted, .launched, .greeted, .overdue]),
        ("draining", [.start, .admitted, .launched, .greeted, .stop]),
        ("input closed", [.start, .admitted, .launched, .greeted, .stop, .drained]),
        ("terminated", [.start, .admitted, .launched, .greeted, .stop, .drained, .elapsed(.stop)]),
        ("killed", [.start, .admitted, .launched, .greeted, .stop, .drained, .elapsed(.stop), .elapsed(.stop)]),
        ("condemned", [.start, .admitted, .launched, .greeted, .condemn(crash)]),
        ("backing off", [.start, .admitted, .ended(crash)]),
        ("quarantined", Array(repeating: [.start, .admitted, .ended(crash), .elapsed(.backOff)], count: 8).flatMap { $0 }),
    ]
    return paths.map { name, events in
        var machine = ChildMachine(deadlines: ChildMachine.Deadlines())
        for event in events { _ = machine.handle(event, at: .zero) }
        return (name, machine)
    }
}

private let events: [ChildMachine.Event] =
    [
        .start, .admitted, .launched, .greeted, .greetingFailed(ExitReason(.protocolViolation, "wrong protocol")), .stop,
        .condemn(ExitReason(.protocolViolation, "three strikes")), .drained, .ended(ExitReason(.exited, "exited 1")),
        .ended(ExitReason(.stopped, "stopped")), .answered, .silent, .overdue, .release,
    ] + ChildMachine.Timer.allCases.map { .elapsed($0) }

struct ChildMachineTests {
    private static let crash = ExitReason(.exited, "exited 3")

    private func machine(after events: ChildMachine.Event...) -> ChildMachine {
        var machine = ChildMachine(deadlines: ChildMachine.Deadlines())
        for event in events { _ = machine.handle(event, at: .zero) }
        return machine
    }

    @Test func `every state is among those that the pairs are tried on`() {
        let words = Set(machines().map(\.machine.state.word))
        #expect(
            words == [
                "stopped", "starting", "handshaking", "ready", "draining", "stopping", "backing off", "quarantined",
            ])
    }

    @Test func `over every pair a process is launched only where none can be running`() {
        for (name, machine) in machines() {
            for event in events {
                var machine = machine
                let before = machine.state
                let effects = machine.handle(event, at: .zero)
                if effects.contains(.launch) {
                    #expect(before == .waiting && event == .admitted, "\(name) × \(event)")
                }
            }
        }
    }

    @Test func `over every pair a process that may run is forgotten only when its end was seen`() {
        let alive: Set = ["starting", "handshaking", "ready", "draining", "stopping"]
        for (name, machine) in machines() {
            for event in events {
                var machine = machine
                guard machine.state != .waiting else { continue }
                let before = machine.state.word
                _ = machine.handle(event, at: .zero)
                guard alive.contains(before), !alive.contains(machine.state.word) else { continue }
                guard case .ended = event else {
                    Issue.record("\(name) × \(event) forgets a process")
                    continue
                }
            }
        }
    }

    @Test func `over every pair a machine on its way out has a timer that drives it on`() {
        for (name, machine) in machines() {
            for event in events {
                var machine = machine
                let before = machine.state
                let effects = machine.handle(event, at: .zero)
                guard machine.state != before else { continue }
                let armed = effects.contains { if case .arm = $0 { true } else { false } }
                switch machine.state {
                case .draining, .stopping, .backingOff: #expect(armed, "\(name) × \(event): \(effects)")
                case .stopped, .waiting, .starting, .handshaking, .ready, .quarantined: break
                }
            }
        }
    }

    @Test func `over every pair leaving ready is announced, and so is every end`() {
        for (name, machine) in machines() {
            for event in events {
                var machine = machine
                let before = machine.state.word
                let effects = machine.handle(event, at: .zero)
                if before == "ready", machine.state.word != "ready" {
                    #expect(effects.contains(.announceLeaving), "\(name) × \(event)")
                }
                let ends = effects.count { if case .announceEnded = $0 { true } else { false } }
                #expect(ends <= 1, "\(name) × \(event)")
            }
        }
    }

    @Test func `a child that waits for its turn has nothing that could be killed`() {
        var machine = machine(after: .start)
        #expect(machine.handle(.stop, at: .zero) == [.announceEnded(ExitReason(.stopped, "stopped before its turn to start"))])
        #expect(machine.state == .stopped)
        #expect(machine.handle(.admitted, at: .zero).isEmpty)
    }

    @Test func `a child that is asked to stop is drained, closed, terminated and killed in turn`() {
        var machine = machine(after: .start, .admitted, .launched, .greeted)
        let five = Duration.seconds(5)
        #expect(
            machine.handle(.stop, at: .zero) == [
                .disarm(.ping), .disarm(.stable), .announceLeaving, .requestShutdown, .arm(.stop, five),
            ])
        #expect(machine.handle(.drained, at: .zero) == [.closeInput, .arm(.stop, five)])
        #expect(machine.handle(.elapsed(.stop), at: .zero) == [.terminate, .arm(.stop, five)])
        #expect(machine.handle(.elapsed(.stop), at: .zero) == [.kill, .arm(.stop, five)])
        let end = machine.handle(.ended(ExitReason(.signalled, "killed by SIGKILL")), at: .zero)
        #expect(end == [.disarm(.stop), .announceEnded(ExitReason(.stopped, "stopped"))])
        #expect(machine.state == .stopped)
    }

    @Test func `a condemned child's end is told with the reason for which it was condemned`() {
        let reason = ExitReason(.protocolViolation, "line too long")
        var machine = machine(after: .start, .admitted, .launched, .greeted, .condemn(reason))
        let effects = machine.handle(.ended(ExitReason(.signalled, "killed by SIGKILL")), at: .zero)
        #expect(effects.contains(.announceEnded(reason)))
    }

    @Test func `what the kernel saw goes before the supervisor's own reason`() {
        let memory = ExitReason(.outOfMemory, "killed by OOM")
        var machine = machine(
            after: .start, .admitted, .launched, .greeted, .condemn(ExitReason(.protocolViolation, "closed its standard output")))
        #expect(machine.handle(.ended(memory), at: .zero).contains(.announceEnded(memory)))
    }

    @Test func `a child that stays silent for three pings is killed`() {
        var machine = machine(after: .start, .admitted, .launched, .greeted)
        let ping = ChildMachine.Effect.ping(within: .seconds(10))
        #expect(machine.handle(.elapsed(.ping), at: .zero) == [ping])
        #expect(machine.handle(.silent, at: .zero) == [ping])
        #expect(machine.handle(.silent, at: .zero) == [ping])
        #expect(machine.handle(.silent, at: .zero).contains(.kill))
    }

    @Test func `an answer between two silences starts the count again`() {
        var machine = machine(after: .start, .admitted, .launched, .greeted, .silent, .silent, .answered, .silent)
        #expect(!machine.handle(.silent, at: .zero).contains(.kill))
        #expect(machine.handle(.silent, at: .zero).contains(.kill))
    }

    @Test func `an overdue call gives a child one chance to show that it reads`() {
        var machine = machine(after: .start, .admitted, .launched, .greeted)
        #expect(machine.handle(.overdue, at: .zero) == [.disarm(.ping), .probe(within: .seconds(5))])
        #expect(machine.handle(.silent, at: .zero).contains(.kill))
    }

    @Test func `stable uptime forgives earlier failures`() {
        var machine = ChildMachine(deadlines: ChildMachine.Deadlines())
        for _ in 0..<7 {
            for event in [.start, .admitted, .ended(Self.crash), .elapsed(.backOff)] as [ChildMachine.Event] {
                _ = machine.handle(event, at: .zero)
            }
        }
        for event in [.start, .admitted, .launched, .greeted, .elapsed(.stable)] as [ChildMachine.Event] {
            _ = machine.handle(event, at: .zero)
        }
        #expect(machine.handle(.ended(Self.crash), at: .zero).contains(.arm(.backOff, .milliseconds(100))))
    }

    @Test func `a released child can be started again`() {
        var machine = machines().first { $0.name == "quarantined" }!.machine
        #expect(machine.handle(.start, at: .zero).isEmpty)
        #expect(machine.handle(.release, at: .zero) == [.announceAvailable])
        #expect(machine.handle(.start, at: .zero).contains(.awaitTurn))
    }
}
