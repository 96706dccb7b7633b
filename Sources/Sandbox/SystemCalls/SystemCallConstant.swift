import Model

/// The names of arguments that a profile may write instead of numbers. Values from include/uapi of Linux; each is the
/// same on x86-64 and arm64.
package enum SystemCallConstant {
    /// The value of a name, or of several joined by ` | `; nil where one is unknown.
    package static func value(of text: String) -> UInt32? {
        var value: UInt32 = 0
        for part in text.split(separator: "|", omittingEmptySubsequences: false) {
            guard let known = named[part.filter { $0 != " " }] else { return nil }
            value |= known
        }
        return value
    }

    package static func nearest(to text: String) -> String? { named.keys.sorted().nearest(to: text) }

    private static let named: [String: UInt32] = {
        var all: [String: UInt32] = [:]
        for table in [clone, families, files, terminal, requests, process, filter] { all.merge(table) { $1 } }
        return all
    }()

    private static let clone: [String: UInt32] = [
        "CLONE_NEWNS": 0x2_0000, "CLONE_NEWCGROUP": 0x0200_0000, "CLONE_NEWUTS": 0x0400_0000,
        "CLONE_NEWIPC": 0x0800_0000, "CLONE_NEWUSER": 0x1000_0000, "CLONE_NEWPID": 0x2000_0000,
        "CLONE_NEWNET": 0x4000_0000, "CLONE_THREAD": 0x1_0000,
    ]

    private static let families: [String: UInt32] = [
        "AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "SOCK_TYPE_MASK": 0xF, "SOCK_STREAM": 1, "SOCK_DGRAM": 2,
        "SOCK_SEQPACKET": 5, "IPPROTO_IP": 0, "IPPROTO_TCP": 6, "IPPROTO_UDP": 17,
    ]

    private static let files: [String: UInt32] = [
        "S_IFMT": 0o170000, "S_IFREG": 0o100000, "S_IFIFO": 0o010000, "S_IFSOCK": 0o140000, "S_ISUID": 0o4000,
        "S_ISGID": 0o2000, "O_ACCMODE": 0o3, "O_RDONLY": 0, "O_CREAT": 0o100, "O_TRUNC": 0o1000, "O_TMPFILE": 0o2000_0000,
    ]

    private static let terminal: [String: UInt32] = [
        "TCGETS": 0x5401, "TCSETS": 0x5402, "TCSETSW": 0x5403, "TCSETSF": 0x5404, "TCGETS2": 0x802C_542A,
        "TCSETS2": 0x402C_542B, "TCSETSW2": 0x402C_542C, "TCSETSF2": 0x402C_542D, "TIOCGPGRP": 0x540F,
        "TIOCSPGRP": 0x5410, "TIOCOUTQ": 0x5411, "TIOCSTI": 0x5412, "TIOCGWINSZ": 0x5413, "TIOCLINUX": 0x541C,
        "TIOCCONS": 0x541D, "TIOCSETD": 0x5423, "TIOCGSID": 0x5429,
    ]

    private static let requests: [String: UInt32] = [
        "FIONREAD": 0x541B, "FIONBIO": 0x5421, "FIONCLEX": 0x5450, "FIOCLEX": 0x5451, "FIOASYNC": 0x5452,
        "FICLONE": 0x4004_9409, "FICLONERANGE": 0x4020_940D, "FS_IOC_GETFLAGS": 0x8008_6601,
        "SIOCGIFNAME": 0x8910, "SIOCGIFCONF": 0x8912, "SIOCGIFFLAGS": 0x8913, "SIOCGIFADDR": 0x8915,
        "SIOCGIFNETMASK": 0x891B, "SIOCGIFINDEX": 0x8933, "SECCOMP_IOCTL_NOTIF_RECV": 0xC050_2100,
        "SECCOMP_IOCTL_NOTIF_SEND": 0xC018_2101, "SECCOMP_IOCTL_NOTIF_ID_VALID": 0x4008_2102,
    ]

    private static let process: [String: UInt32] = [
        "PR_SET_PDEATHSIG": 1, "PR_GET_PDEATHSIG": 2, "PR_GET_DUMPABLE": 3, "PR_SET_DUMPABLE": 4, "PR_GET_KEEPCAPS": 7,
        "PR_GET_TIMING": 13, "PR_SET_NAME": 15, "PR_GET_NAME": 16, "PR_GET_SECCOMP": 21, "PR_SET_SECCOMP": 22,
        "PR_CAPBSET_READ": 23, "PR_GET_SECUREBITS": 27, "PR_SET_TIMERSLACK": 29, "PR_GET_TIMERSLACK": 30,
        "PR_GET_CHILD_SUBREAPER": 37, "PR_SET_NO_NEW_PRIVS": 38, "PR_GET_NO_NEW_PRIVS": 39, "PR_GET_TID_ADDRESS": 40,
        "PR_SET_THP_DISABLE": 41, "PR_GET_THP_DISABLE": 42, "PR_CAP_AMBIENT": 47, "PR_SVE_SET_VL": 50,
        "PR_SVE_GET_VL": 51, "PR_GET_SPECULATION_CTRL": 52, "PR_PAC_RESET_KEYS": 54, "PR_SET_TAGGED_ADDR_CTRL": 55,
        "PR_GET_TAGGED_ADDR_CTRL": 56, "PR_SET_MDWE": 65, "PR_GET_MDWE": 66, "PR_GET_AUXV": 0x4155_5856,
        "PR_SET_VMA": 0x5356_4D41, "PRIO_PROCESS": 0,
    ]

    private static let filter: [String: UInt32] = [
        "SECCOMP_SET_MODE_STRICT": 0, "SECCOMP_SET_MODE_FILTER": 1, "SECCOMP_GET_ACTION_AVAIL": 2,
        "SECCOMP_GET_NOTIF_SIZES": 3, "SECCOMP_FILTER_FLAG_NEW_LISTENER": 8,
    ]
}
