/// One system call with one argument that decides, and what must come of it.
struct ArgumentCase: CustomStringConvertible, Sendable {
    var profiles: [String]
    var call: String
    var arguments: [UInt64]
    var outcome: FilterInterpreter.Outcome

    var description: String {
        "\(call)(\(arguments.map { "0x" + String($0, radix: 16) }.joined(separator: ", "))) → \(outcome)"
    }

    private init(_ call: String, _ arguments: [UInt64], _ outcome: FilterInterpreter.Outcome, _ profiles: [String]) {
        self.call = call
        self.arguments = arguments + [UInt64](repeating: 0, count: 6 - arguments.count)
        self.outcome = outcome
        self.profiles = profiles
    }

    private static let interpreters = ["default", "python", "node"]
    private static let everywhere = interpreters + ["worker"]
    private static let EPERM = FilterInterpreter.Outcome.error(1)
    private static let EAFNOSUPPORT = FilterInterpreter.Outcome.error(97)
    private static let ENOTTY = FilterInterpreter.Outcome.error(25)
    private static let EACCES = FilterInterpreter.Outcome.error(13)

    private static func each(
        _ profiles: [String], _ call: String, _ outcome: FilterInterpreter.Outcome, _ arguments: [[UInt64]]
    ) -> [ArgumentCase] {
        arguments.map { ArgumentCase(call, $0, outcome, profiles) }
    }

    static let all: [ArgumentCase] = processes + sockets + requests + files + memory + worker

    private static let namespaces: [UInt64] = [
        0x2_0000, 0x200_0000, 0x400_0000, 0x800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000, 0x7E02_0000,
    ]
    private static let processes =
        // A thread as glibc makes it, fork, vfork as posix_spawn makes it, fork with a pidfd.
        each(everywhere, "clone", .allow, [[0x3D_0F00], [0x120_0011], [0x4111], [0x1011]])
        + each(everywhere, "clone", EPERM, namespaces.flatMap { [[$0], [$0 | 17], [$0 | 0x4111]] })
        + each(interpreters, "prctl", .allow, [[1, 9], [3], [4, 0], [15], [16], [21], [22, 2], [23, 21], [38, 1], [39], [47], [65, 1], [0x5356_4D41]])
        // MM, PTRACER, SPECULATION_CTRL, MEMORY_MERGE, SYSCALL_USER_DISPATCH, CHILD_SUBREAPER, SECUREBITS, IO_FLUSHER,
        // CAPBSET_DROP, MCE_KILL, TASK_PERF_EVENTS_ENABLE, SCHED_CORE, and what the next kernel brings.
        + each(interpreters, "prctl", EPERM, [[35], [0x5961_6D61], [53], [67], [59], [36], [28], [57], [24], [33], [32], [62], [0], [78], [0xFFFF_FFFF]])
        + each(interpreters, "personality", .allow, [[0], [0xFFFF_FFFF]])
        + each(interpreters, "personality", EPERM, [[0x004_0000], [0x40_0000], [0x20_0000], [8], [6], [0x002_0000], [0xFFFF_FFFE]])
        + each(interpreters, "seccomp", .allow, [[1, 0], [1, 1], [1, 2], [2, 0], [3, 0], [0, 0]])
        + each(interpreters, "seccomp", EPERM, [[1, 8], [1, 10], [1, 0x19], [1, 0x28], [4, 0], [0xFFFF_FFFF, 0]])
        + each(everywhere, "prlimit64", .allow, [[0, 7]])
        + each(everywhere, "prlimit64", EPERM, [[1, 7], [2, 7], [0xFFFF_FFFF, 7]])
        + each(everywhere, "setpriority", .allow, [[0, 0, 19]])
        + each(everywhere, "setpriority", EPERM, [[1, 0, 19], [2, 0, 19], [3, 0, 0]])

    private static let sockets =
        each(interpreters, "socket", .allow, [
            [1, 1], [1, 2], [1, 5], [1, 0x8_0801], [2, 1], [2, 2], [10, 1], [10, 2], [2, 0x8_0801, 6], [10, 0x8_0002, 17],
        ])
        // AF_PACKET, NETLINK, VSOCK, ALG, BLUETOOTH, KEY, XDP, CAN, RDS, TIPC, SMC, QIPCRTR, KCM and so on.
        + each(interpreters, "socket", EAFNOSUPPORT, ([0] + (3...9) + (11...46) + [255, 0xFFFF_FFFF]).flatMap { (family: UInt64) in [[family, 1], [family, 2], [family, 3], [family, 5]] })
        // Raw sockets, SOCK_PACKET, SCTP, MPTCP, UDP-Lite, ICMP, DCCP.
        + each(interpreters, "socket", EAFNOSUPPORT, [
            [2, 3, 1], [2, 3, 255], [10, 3, 58], [2, 10, 0x300], [2, 1, 132], [2, 5, 132], [2, 1, 262], [2, 2, 136], [2, 2, 1],
            [10, 2, 58], [2, 6, 33], [1, 3], [2, 0, 0], [2, 0x8_0803, 1],
        ])
        + each(interpreters, "socketpair", .allow, [[1, 1], [1, 0x8_0001], [1, 5]])
        + each(interpreters, "socketpair", EAFNOSUPPORT, (([0] + (2...46)) as [UInt64]).map { [$0, 1] })

    private static let requests =
        each(interpreters, "ioctl", .allow, [[0, 0x5401], [1, 0x5413], [3, 0x541B], [3, 0x5421], [3, 0x5451], [3, 0x4004_9409], [3, 0xC050_2100], [3, 0xC018_2101]])
        // TIOCSTI, TIOCSETD, TIOCCONS, TIOCLINUX on any descriptor.
        + each(everywhere.filter { $0 != "worker" }, "ioctl", EPERM, [[0, 0x5412], [1, 0x5423], [2, 0x541D], [0, 0x541C]])
        // TIOCSCTTY, BLKRRPART, FS_IOC_SETFLAGS, SIOCSIFFLAGS, LOOP_SET_FD, KVM_CREATE_VM, USERFAULTFD_API, NS_GET_USERNS.
        + each(everywhere, "ioctl", ENOTTY, [[0, 0x540E], [3, 0x125F], [3, 0x4008_6602], [3, 0x8914], [3, 0x4C00], [3, 0xAE01], [3, 0xC018_AA3F], [3, 0xB701], [3, 0]])

    private static let files =
        each(interpreters, "mknod", .allow, [[0, 0o600], [0, 0o100644], [0, 0o010600], [0, 0o140777]])
        + each(interpreters, "mknod", EPERM, [[0, 0o020600], [0, 0o060600], [0, 0o040700], [0, 0o120777], [0, 0o170000], [0, 0o104600], [0, 0o102600]])
        + each(interpreters, "mknodat", .allow, [[3, 0, 0o600], [3, 0, 0o010600]])
        + each(interpreters, "mknodat", EPERM, [[3, 0, 0o020600], [3, 0, 0o060600], [3, 0, 0o106600]])
        + each(interpreters, "chmod", .allow, [[0, 0o777], [0, 0o1777]])
        + each(interpreters, "chmod", EPERM, [[0, 0o4755], [0, 0o2755], [0, 0o6755]])
        + each(interpreters, "fchmod", EPERM, [[3, 0o4755], [3, 0o2000]])
        + each(interpreters, "fchmodat", EPERM, [[3, 0, 0o4755], [3, 0, 0o2000]])
        + each(interpreters, "fchmodat2", EPERM, [[3, 0, 0o4755, 0x1000], [3, 0, 0o2000]])
        + each(interpreters, "fchmodat", .allow, [[3, 0, 0o755]])
        + each(interpreters, "fchmodat2", .allow, [[3, 0, 0o755, 0x100]])
        + each(interpreters, "creat", .allow, [[0, 0o644]]) + each(interpreters, "creat", EPERM, [[0, 0o4644]])
        + each(interpreters, "open", .allow, [[0, 0, 0o6777], [0, 0x41, 0o644], [0, 2, 0]])
        + each(interpreters, "open", EPERM, [[0, 0x41, 0o4755], [0, 0x40_0002, 0o2755], [0, 0xC1, 0o6000]])
        + each(interpreters, "openat", .allow, [[3, 0, 0, 0xFFFF_FFFF], [3, 0, 0x241, 0o666], [3, 0, 0x41_0002, 0o600]])
        + each(interpreters, "openat", EPERM, [[3, 0, 0x41, 0o4755], [3, 0, 0x41_0002, 0o2600]])

    private static let memory =
        each(["python", "worker"], "mmap", .allow, [[0, 4096, 1], [0, 4096, 3], [0, 4096, 5], [0, 4096, 0]])
        + each(["python", "worker"], "mmap", EPERM, [[0, 4096, 7], [0, 4096, 6], [0, 4096, 0xF]])
        + each(["python", "worker"], "mprotect", .allow, [[0, 4096, 1], [0, 4096, 3], [0, 4096, 0]])
        + each(["python", "worker"], "mprotect", EPERM, [[0, 4096, 4], [0, 4096, 5], [0, 4096, 7]])
        + each(["python"], "pkey_mprotect", EPERM, [[0, 4096, 5, 1]])
        + each(["default", "node"], "mmap", .allow, [[0, 4096, 7]]) + each(["default", "node"], "mprotect", .allow, [[0, 4096, 7]])

    private static let worker =
        each(["worker"], "openat", .allow, [[3, 0, 0], [3, 0, 0x8_0000], [3, 0, 0x20_0000]])
        + each(["worker"], "openat", EACCES, [[3, 0, 1], [3, 0, 2], [3, 0, 3], [3, 0, 0x40], [3, 0, 0x200], [3, 0, 0x41_0002]])
        + each(["worker"], "open", EACCES, [[0, 1], [0, 0x42]])
        + each(["worker"], "prctl", .allow, [[15], [0x5356_4D41]])
        + each(["worker"], "prctl", EPERM, [[22, 2], [38], [36], [35]])
        + each(["worker"], "seccomp", EPERM, [[1, 8], [0, 0], [2, 0]])
        + each(["worker"], "ioctl", ENOTTY, [[0, 0x5412], [0, 0x541C]])
}
