import CSeccomp
import Glibc
import Model

/// A system call of the machine that the daemon runs on, by name and number.
package enum SystemCall: Sendable, Equatable {
    case number(Int32)
    /// Known, but not to this architecture, which has another call for the purpose: `open` on arm64.
    case elsewhere

    /// Nil where no architecture has a call of that name.
    package init?(named name: String) {
        if let number = Self.recent[name] {
            self = .number(number)
            return
        }
        let number = seccomp_syscall_resolve_name(name)
        guard number != __NR_SCMP_ERROR else { return nil }
        self = number < 0 ? .elsewhere : .number(number)
    }

    /// The name of a number, for reports; `system call 467` where nobody knows one.
    package static func name(of number: Int32) -> String {
        if let name = recent.first(where: { $0.value == number })?.key { return name }
        guard let text = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), number) else {
            return "system call \(number)"
        }
        defer { free(text) }
        return String(cString: text)
    }

    /// The name that was probably meant.
    static func nearest(to name: String) -> String? {
        let native = (0..<470).map { Self.name(of: $0) }
        return native.nearest(to: name)
    }

    /// Younger than the libseccomp of Debian 12. Since Linux 5.1 a new call has one number on every architecture
    /// (include/uapi/asm-generic/unistd.h).
    private static let recent: [String: Int32] = [
        "cachestat": 451, "fchmodat2": 452, "map_shadow_stack": 453, "futex_wake": 454, "futex_wait": 455,
        "futex_requeue": 456, "statmount": 457, "listmount": 458, "lsm_get_self_attr": 459, "lsm_set_self_attr": 460,
        "lsm_list_modules": 461, "mseal": 462, "setxattrat": 463, "getxattrat": 464, "listxattrat": 465,
        "removexattrat": 466, "open_tree_attr": 467, "file_getattr": 468, "file_setattr": 469,
    ]
}
