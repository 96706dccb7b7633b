import CLinux
import CSeccomp
import Glibc
package import Model

/// A compiled policy: what the launcher hands to seccomp(2).
///
/// For every architecture, number and argument the program has one of these outcomes: allowed; refused with the
/// policy's error; ENOSYS where the policy does not name the call; the end of the process for a foreign architecture
/// or an x32 number; or, where `hasNotify`, a notification to the launcher, which ends the child.
package struct SyscallFilter: Sendable, Equatable {
    /// Struct sock_filter after struct sock_filter; never empty.
    package let program: [UInt8]
    /// Whether the program answers with notifications, so that it needs SECCOMP_FILTER_FLAG_NEW_LISTENER.
    package let hasNotify: Bool
    /// A second program for the plugin's own process, between fork and exec, without a listener: the launcher's reaper
    /// must fork the plugin under the first one, and the plugin must not fork. Nil where the plugin may.
    package let childProgram: [UInt8]?

    /// Compiles a policy. Costs some milliseconds: once per profile, not per child.
    ///
    /// Throws `invalidConfiguration` for a name that is no system call, `unsupported` where the kernel's seccomp is too old.
    package static func compile(_ policy: SystemCallPolicy) throws(Problem) -> SyscallFilter {
        var numbered: [Int32: SystemCallPolicy.Rule] = [:]
        for (name, rule) in policy.rules {
            switch SystemCall(named: name) {
            case .number(let number): numbered[number] = rule
            case .elsewhere: continue
            case nil: throw Problem(.invalidConfiguration, "unknown system call: \(name)")
            }
        }
        let simple = numbered.filter { $0.value.clauses.isEmpty }.mapValues(\.otherwise)
        let conditional = numbered.filter { !$0.value.clauses.isEmpty }
        // Ours falls through into libseccomp's for every call that it does not decide.
        let program = ArgumentProgram(rules: conditional).instructions + (try numberProgram(simple))
        guard program.count / 8 <= 4096 else {
            throw Problem(.invalidConfiguration, "system call filter longer than the kernel's limit of 4096 instructions")
        }
        return SyscallFilter(
            program: program, hasNotify: policy.canKill,
            childProgram: policy.allowsSubprocesses ? nil : ArgumentProgram.withoutSubprocesses)
    }

    /// What depends on architecture and number alone, by libseccomp: a binary search, after the check of the architecture.
    private static func numberProgram(_ answers: [Int32: SystemCallPolicy.Answer]) throws(Problem) -> [UInt8] {
        guard let context = seccomp_init(SystemCallPolicy.Answer.refuse(.ENOSYS).action) else {
            throw Problem(.unsupported, "seccomp filters are not available")
        }
        defer { seccomp_release(context) }
        // SCMP_ACT_KILL_PROCESS and SCMP_ACT_ALLOW are macros too complex to import.
        try check(seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, 0x8000_0000), "killing foreign architectures")
        try check(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "binary search")
        for (number, answer) in answers.sorted(by: { $0.key < $1.key }) where answer != .refuse(.ENOSYS) {
            try check(
                seccomp_rule_add_array(context, answer.action, number, 0, nil), SystemCall.name(of: number))
        }
        let file = cloister_memory_file("filter")
        guard file >= 0 else { throw Problem(systemCall: "memfd_create") }
        let owner = Descriptor(owning: file)
        try check(seccomp_export_bpf(context, owner.number), "export")
        return try contents(of: owner)
    }

    private static func contents(of file: borrowing Descriptor) throws(Problem) -> [UInt8] {
        let size = lseek(file.number, 0, SEEK_END)
        guard size > 0, size % 8 == 0 else { throw Problem(.internalFault, "libseccomp exported \(size) bytes") }
        var bytes = [UInt8](repeating: 0, count: size)
        guard pread(file.number, &bytes, size, 0) == size else { throw Problem(systemCall: "pread") }
        return bytes
    }

    private static func check(_ result: Int32, _ what: String) throws(Problem) {
        guard result < 0 else { return }
        throw Problem(.unsupported, "seccomp filter: \(what)", cause: Problem.text(ofError: -result))
    }
}

extension SystemCallPolicy.Answer {
    /// SECCOMP_RET_… as in linux/seccomp.h, which SCMP_ACT_… equal.
    var action: UInt32 {
        switch self {
        case .allow: 0x7FFF_0000
        case .refuse(let error): 0x0005_0000 | UInt32(error.number)
        case .kill: 0x7FC0_0000
        }
    }
}
