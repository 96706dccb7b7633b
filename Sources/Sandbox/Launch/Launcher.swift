import CLinux
import Glibc
package import Model
import Synchronization

/// Starts sealed children: the only place of the house that creates processes.
///
/// All of them are made by one thread that never exits, because PDEATHSIG follows the parent *thread* (prctl(2)): a
/// child started from a pool thread would die with that thread, and one that outlived it would not die with the daemon.
package final class Launcher: Sendable {
    /// A launcher process that has just been started, and the daemon's ends of its pipes.
    package struct Started: ~Copyable, Sendable {
        package let process: Int32
        package let input: Descriptor
        package let output: Descriptor
        package let errors: Descriptor
        package let status: Descriptor
        /// Where the listener of the child's way out arrives; no descriptor (-1) where the plan asks for none.
        package let egress: Descriptor

        package consuming func take() -> Ends {
            Ends(
                input: input.release(), output: output.release(), errors: errors.release(), status: status.release(),
                egress: egress.release())
        }
    }

    /// The daemon's ends as bare numbers; whoever takes them closes them.
    package struct Ends: Sendable {
        package let input: Int32
        package let output: Int32
        package let errors: Int32
        package let status: Int32
        /// -1 where the plan asks for no way out.
        package let egress: Int32
    }

    private let executable: String
    private let queue = Mutex<[@Sendable () -> Void]>([])
    // A semaphore is made to be shared between threads; it lives as long as the process.
    nonisolated(unsafe) private let signal: UnsafeMutablePointer<sem_t>

    /// Refuses an executable that is missing or cannot be executed.
    package init(executable: String) throws(Problem) {
        guard access(executable, X_OK) == 0 else {
            throw Problem(
                .invalidConfiguration, "launcher not executable: \(executable)",
                hint: "install cloister-launch or set `launcher:` in the configuration",
                cause: Problem.text(ofError: errno))
        }
        self.executable = executable
        signal = .allocate(capacity: 1)
        sem_init(signal, 0, 0)
        startThread()
    }

    /// Starts a launcher that works through `plan`, in the control group whose folder `group` is, if any.
    ///
    /// Returns as soon as the launcher process exists; whether the plan succeeds is read from the status pipe. To be
    /// called from a job of `submit`, nowhere else.
    package func launchNow(_ plan: LaunchPlan, group: Int32? = nil) throws(Problem) -> Started {
        try Self.start(executable, plan, group)
    }

    /// Runs `job` on the launcher's thread, after those before it. A job may block for as long as a launch takes.
    package func submit(_ job: @escaping @Sendable () -> Void) {
        queue.withLock { $0.append(job) }
        sem_post(signal)
    }

    private func startThread() {
        // The thread keeps the launcher alive for ever, as its children need it to.
        let thread = Thread(launcher: self)
        thread.start()
    }

    fileprivate func work() -> Never {
        while true {
            while sem_wait(signal) != 0 {}
            let jobs = queue.withLock { queue in
                defer { queue = [] }
                return queue
            }
            for job in jobs { job() }
        }
    }
}

extension Launcher {
    /// A POSIX thread with every signal blocked; the daemon's handlers run elsewhere.
    private final class Thread {
        private let launcher: Launcher
        init(launcher: Launcher) { self.launcher = launcher }

        func start() {
            var identifier = pthread_t()
            let context = Unmanaged.passRetained(launcher).toOpaque()
            let result = pthread_create(&identifier, nil, { context in
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_SETMASK, &all, nil)
                cloister_name_thread("launcher")
                // A launch is a few milliseconds of the kernel's work, which it does not interrupt for a call that waits.
                // Children at work find the other half free of it; a child gets all of them before its program runs.
                cloister_keep_to_upper_half()
                Unmanaged<Launcher>.fromOpaque(context!).takeRetainedValue().work()
            }, context)
            precondition(result == 0, "pthread_create: \(Problem.text(ofError: result))")
        }
    }

    private static func start(
        _ executable: String, _ plan: LaunchPlan, _ group: Int32?
    ) throws(Problem) -> Started {
        let bytes = try plan.encoded(parent: UInt32(getpid()))
        let planFile = bytes.withUnsafeBytes { cloister_sealed_file("launch-plan", $0.baseAddress, $0.count) }
        guard planFile >= 0 else { throw Problem(systemCall: "memfd_create") }
        let planDescriptor = Descriptor(owning: planFile)
        let input = try Pipe()
        let output = try Pipe()
        let errors = try Pipe()
        let status = try Pipe()
        let egress = plan.egressPort == nil ? SocketPair.none : try SocketPair()
        // In the order of their numbers in the launcher: standard streams, plan, status, control group, way out.
        let descriptors = [
            input.reading.number, output.writing.number, errors.writing.number, planDescriptor.number,
            status.writing.number, group ?? -1, egress.far.number,
        ]
        var process: pid_t = -1
        let error = cloister_spawn(executable, "cloister-launch", descriptors, Int32(descriptors.count), &process)
        guard error == 0 else { throw Problem(systemCall: "starting \(executable)", error: error) }
        return Started(
            process: process, input: input.keepWriting(), output: output.keepReading(), errors: errors.keepReading(),
            status: status.keepReading(), egress: egress.keepNear())
    }
}
