/// What becomes of each system call of a sealed child, by name. A call that is not named does not exist there: ENOSYS.
package struct SystemCallPolicy: Sendable, Equatable {
    package enum Answer: Sendable, Hashable {
        case allow
        /// The call fails with this error and has no effect.
        case refuse(SystemCallError)
        /// The launcher reports the call's name and ends the child; the call has no effect.
        case kill
    }

    /// Holds when the low 32 bits of an argument, masked, are one of `values`.
    ///
    /// Low 32 bits because every argument that a profile can rule on is an `int` to the kernel, which drops the rest: a
    /// rule over 64 bits would be passed by the same call plus 2³² (CVE-2019-10063).
    package struct Condition: Sendable, Hashable {
        /// 0 to 5.
        package var argument: Int
        package var mask: UInt32
        package var values: [UInt32]

        package init(argument: Int, mask: UInt32 = .max, values: [UInt32]) {
            self.argument = argument
            self.mask = mask
            self.values = values
        }

        package func holds(for arguments: [UInt64]) -> Bool {
            values.contains(UInt32(truncatingIfNeeded: arguments[argument]) & mask)
        }
    }

    /// All conditions together lead to the answer.
    package struct Clause: Sendable, Hashable {
        package var conditions: [Condition]
        package var answer: Answer

        package init(conditions: [Condition], answer: Answer) {
            self.conditions = conditions
            self.answer = answer
        }
    }

    /// The first clause that holds decides.
    package struct Rule: Sendable, Hashable {
        package var clauses: [Clause]
        package var otherwise: Answer

        package init(_ clauses: [Clause] = [], otherwise: Answer) {
            self.clauses = clauses
            self.otherwise = otherwise
        }

        package func answer(for arguments: [UInt64]) -> Answer {
            clauses.first { $0.conditions.allSatisfy { $0.holds(for: arguments) } }?.answer ?? otherwise
        }

        var canKill: Bool { otherwise == .kill || clauses.contains { $0.answer == .kill } }
    }

    package var rules: [String: Rule]
    /// Whether the plugin may create processes. Threads it may create in any case.
    package var allowsSubprocesses: Bool

    package init(rules: [String: Rule] = [:], allowsSubprocesses: Bool = true) {
        self.rules = rules
        self.allowsSubprocesses = allowsSubprocesses
    }

    /// Whether a call can end in `kill`, which needs a listener.
    package var canKill: Bool { rules.values.contains { $0.canKill } }
}

/// The errors that a filter answers with.
package enum SystemCallError: String, Sendable, CaseIterable {
    case EPERM, EACCES, EINVAL, ENOTTY, ENOSYS, EAFNOSUPPORT

    /// The same on every architecture of Linux (asm-generic/errno.h).
    package var number: UInt16 {
        switch self {
        case .EPERM: 1
        case .EACCES: 13
        case .EINVAL: 22
        case .ENOTTY: 25
        case .ENOSYS: 38
        case .EAFNOSUPPORT: 97
        }
    }
}
