import CJQ
import Glibc
import Synchronization

/// Sees that an evaluation that runs out of time, stack or memory, or breaks libjq, ends with an answer that names it.
///
/// What libjq was doing then cannot be taken up again, so the process ends with that answer: results of the evaluations
/// before, a fault of this one, and that the worker has ended; the host gives what is left to another.
final class Watch: Sendable {
    private enum Phase {
        static let resting = 0
        static let evaluating = 1
        static let ending = 2
    }

    /// Where the faults of the evaluating thread lead; handlers of signals have no context.
    nonisolated(unsafe) private static var guarding: Watch?

    /// The answer so far. Written by the evaluating thread while it rests, by whoever ends an evaluation after that.
    nonisolated(unsafe) let answer: UnsafeMutablePointer<cjq_text>
    private let phase = Atomic(Phase.resting)
    /// Of the evaluating thread's processor time, in nanoseconds.
    private let deadline = Atomic<UInt64>(0)
    private let isBusy = Atomic(false)
    /// Set before the first evaluation.
    nonisolated(unsafe) private var clock = clockid_t()
    nonisolated(unsafe) private var stack: Range<UInt> = 0..<0
    // A semaphore is made to be shared between threads.
    nonisolated(unsafe) private let work: UnsafeMutablePointer<sem_t>
    nonisolated(unsafe) private let never: UnsafeMutablePointer<sem_t>

    init() {
        answer = .allocate(capacity: 1)
        answer.initialize(to: cjq_text())
        work = .allocate(capacity: 1)
        sem_init(work, 0, 0)
        never = .allocate(capacity: 1)
        sem_init(never, 0, 0)
    }

    /// Called once by the thread that evaluates, with the addresses of its stack.
    func guardThisThread(_ stack: Range<UInt>) {
        Watch.guarding = self
        pthread_getcpuclockid(pthread_self(), &clock)
        self.stack = stack
        cjq_when_out_of_memory { Watch.guarding?.end(.memory) }
        let alternate = stack_t(ss_sp: malloc(1 << 16), ss_flags: 0, ss_size: 1 << 16)
        withUnsafePointer(to: alternate) { _ = sigaltstack($0, nil) }
        for signal in [SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGTRAP] {
            var action = sigaction()
            action.sa_flags = SA_SIGINFO | SA_ONSTACK
            action.__sigaction_handler.sa_sigaction = { signal, information, _ in
                Watch.guarding?.end(signal, at: information?.pointee._sifields._sigfault.si_addr)
                _exit(70)
            }
            sigaction(signal, &action, nil)
        }
    }

    /// Looks after the evaluating thread for ever.
    func keep() -> Never {
        while true {
            sem_wait(work)
            while isBusy.load(ordering: .acquiring) {
                usleep(5_000)
                if phase.load(ordering: .acquiring) == Phase.evaluating, processorTime > deadline.load(ordering: .relaxed) {
                    end(.time)
                }
            }
        }
    }

    /// A message is being worked on.
    func begin() {
        isBusy.store(true, ordering: .releasing)
        sem_post(work)
    }

    func finish() { isBusy.store(false, ordering: .releasing) }

    /// Runs one evaluation under watch. `body` must leave the answer alone.
    func evaluate<Value>(within time: Duration, _ body: () -> Value) -> Value {
        let (seconds, attoseconds) = time.components
        deadline.store(processorTime + UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000), ordering: .relaxed)
        phase.store(Phase.evaluating, ordering: .releasing)
        let value = body()
        let (isOurs, _) = phase.compareExchange(
            expected: Phase.evaluating, desired: Phase.resting, ordering: .acquiringAndReleasing)
        // The watch was faster, and is writing its answer.
        if !isOurs { while true { sem_wait(never) } }
        return value
    }

    private var processorTime: UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private func end(_ signal: Int32, at address: UnsafeMutableRawPointer?) {
        if signal == SIGSEGV, stack.contains(UInt(bitPattern: address)) { end(.stack) } else { end(.interpreter) }
    }

    /// Ends the process. Allocates nothing and takes no lock: it runs in handlers of signals.
    private func end(_ reason: EndReason) {
        let (isOurs, _) = phase.compareExchange(
            expected: Phase.evaluating, desired: Phase.ending, ordering: .acquiringAndReleasing)
        guard isOurs else { return }
        Output.write(answer.pointee.bytes, answer.pointee.count)
        if answer.pointee.count > 0, answer.pointee.bytes[answer.pointee.count - 1] != 0x5B { Output.write(",") }
        Output.write(reason.fault)
        Output.write("],\"ended\":true}}\n")
        _exit(0)
    }
}

/// What ran out.
private enum EndReason {
    case time, memory, stack, interpreter

    var fault: StaticString {
        switch self {
        case .time: #"{"fault":{"kind":"limit","message":"the program ran out of processor time: it loops for too long"}}"#
        case .memory: #"{"fault":{"kind":"limit","message":"the program ran out of memory"}}"#
        case .stack: #"{"fault":{"kind":"limit","message":"the program ran out of stack: what it makes is nested too deeply"}}"#
        case .interpreter: #"{"fault":{"kind":"limit","message":"the program broke the interpreter and was ended"}}"#
        }
    }
}
