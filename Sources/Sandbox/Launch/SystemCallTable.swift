import CSeccomp
import Glibc

/// Names of system calls on this machine's architecture.
package enum SystemCallTable {
    /// The name, or `system call 999` for a number that libseccomp does not know.
    package static func name(of number: Int32) -> String {
        guard let name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), number) else {
            return "system call \(number)"
        }
        defer { free(name) }
        return String(cString: name)
    }
}
