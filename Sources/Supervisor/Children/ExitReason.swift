package import Sandbox
import Model

/// Why a child is no more, in words that a person understands.
package struct ExitReason: Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// It ended by itself.
        case exited
        case signalled
        case outOfMemory
        case seccomp
        /// It was ended because it did not answer in time.
        case deadline
        /// It was ended because of what it wrote.
        case protocolViolation = "protocol"
        /// It was asked to end.
        case stopped
        /// It never ran: a step of the launch failed.
        case setup
        case quota
    }

    package let kind: Kind
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

/// What is known of a child's end once its launcher has closed the status pipe.
package struct ExitObservation: Sendable, Equatable {
    package var statuses: [LaunchStatus] = []
    /// The kernel killed processes of its control group for lack of memory.
    package var ranOutOfMemory = false
    /// The child's own limit, where that was the one that it reached.
    package var memoryLimit: String?

    package init(statuses: [LaunchStatus] = [], ranOutOfMemory: Bool = false, memoryLimit: String? = nil) {
        self.statuses = statuses
        self.ranOutOfMemory = ranOutOfMemory
        self.memoryLimit = memoryLimit
    }

    /// The reason that the kernel and the launcher saw. `asked` is why the supervisor itself ended the child, if it did:
    /// it explains the signal, but not a failure that came first.
    package func reason(asked: ExitReason?, nameOfSystemCall: (Int32) -> String) -> ExitReason {
        for status in statuses {
            switch status {
            case .failed(let step, let error, let detail):
                return ExitReason(.setup, "not started: \(step) failed at \(detail): \(Problem.text(ofError: error))")
            case .filtered(let systemCall):
                return ExitReason(.seccomp, "killed by seccomp on `\(nameOfSystemCall(systemCall))`")
            case .started, .listening, .exited: continue
            }
        }
        if ranOutOfMemory {
            let limit = memoryLimit.map { "limit \($0)" } ?? "the tenant's quota or the machine's memory was used up first"
            return ExitReason(.outOfMemory, "killed by OOM: out of memory (\(limit))")
        }
        if let asked { return asked }
        for case .exited(let waitStatus, _) in statuses { return Self.reason(waitStatus: waitStatus) }
        return ExitReason(.signalled, "killed from outside, without a status")
    }

    private static func reason(waitStatus: Int32) -> ExitReason {
        let signal = waitStatus & 0x7F
        guard signal != 0 else { return ExitReason(.exited, "exited \(waitStatus >> 8 & 0xFF)") }
        // The filter's verdict on another architecture cannot name the call: the number belongs to another table.
        if signal == 31 {
            return ExitReason(.seccomp, "killed by seccomp on a call of another architecture (SIGSYS)")
        }
        return ExitReason(.signalled, "killed by \(name(ofSignal: signal))")
    }

    private static func name(ofSignal signal: Int32) -> String {
        let names: [Int32: String] = [
            1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
            9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ",
        ]
        return names[signal] ?? "signal \(signal)"
    }
}
