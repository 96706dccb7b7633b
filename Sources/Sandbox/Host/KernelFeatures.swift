import CLinux
import Glibc

/// What the running kernel offers to this process, found out by trying.
package struct KernelFeatures: Sendable, Equatable {
    /// What a process could do in namespaces of its own: 0, an errno, or -1 where an earlier step failed.
    package struct Namespaces: Sendable, Equatable {
        package var user: Int32 = 0
        package var all: Int32 = 0
        package var mounts: Int32 = 0
        package var tmpfs: Int32 = 0
        /// /proc of the own processes. Refused where the host's /proc is covered in part, as in containers and under
        /// systemd's ProtectKernelTunables.
        package var proc: Int32 = 0

        package init() {}

        package var canSeal: Bool { user == 0 && all == 0 && mounts == 0 && tmpfs == 0 }
    }

    /// `6.1.0-18-amd64`.
    package var release = ""
    package var namespaces = Namespaces()
    /// Version of Landlock's interface; 0 where there is none.
    package var landlock = 0
    /// The errno that Landlock's absence shows as: EOPNOTSUPP where it is built in but not enabled at boot.
    package var landlockError: Int32 = 0
    package var seccompKillsProcesses = true
    package var seccompNotifies = true
    package var hasPidfd = true
    package var hasMemoryFiles = true
    /// PR_SET_MDWE, Linux 6.3.
    package var hasWriteXorExecute = true
    /// Ubuntu's kernel.apparmor_restrict_unprivileged_userns.
    package var appArmorRestrictsNamespaces = false
    /// user.max_user_namespaces; nil where unknown.
    package var mostUserNamespaces: Int?
    /// Debian's kernel.unprivileged_userns_clone; nil where the kernel has no such switch.
    package var unprivilegedNamespaces: Bool?
    /// fs.protected_symlinks and fs.protected_hardlinks.
    package var protectsLinks = true

    package init() {}

    /// Asks the kernel. Takes some milliseconds, and starts two short-lived processes.
    package static func probe() -> KernelFeatures {
        var features = KernelFeatures()
        var names = utsname()
        if uname(&names) == 0 {
            features.release = withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        var namespaces = cloister_namespaces()
        cloister_probe_namespaces(&namespaces)
        features.namespaces.user = namespaces.user
        features.namespaces.all = namespaces.all
        features.namespaces.mounts = namespaces.mounts
        features.namespaces.tmpfs = namespaces.tmpfs
        features.namespaces.proc = namespaces.proc
        let landlock = cloister_landlock_abi()
        features.landlock = Int(max(0, landlock))
        features.landlockError = max(0, -landlock)
        features.seccompKillsProcesses = cloister_seccomp_knows(0x8000_0000) == 1
        features.seccompNotifies = cloister_seccomp_knows(0x7FC0_0000) == 1
        features.hasPidfd = cloister_pidfd_error() == 0
        let file = cloister_memory_file("probe")
        features.hasMemoryFiles = file >= 0
        if file >= 0 { close(file) }
        features.hasWriteXorExecute = cloister_mdwe_error() == 0
        features.appArmorRestrictsNamespaces = integer("kernel/apparmor_restrict_unprivileged_userns") == 1
        features.mostUserNamespaces = integer("user/max_user_namespaces")
        features.unprivilegedNamespaces = integer("kernel/unprivileged_userns_clone").map { $0 != 0 }
        features.protectsLinks = ["fs/protected_symlinks", "fs/protected_hardlinks"].allSatisfy { integer($0) != 0 }
        return features
    }

    /// The first two numbers of the release.
    package var version: (major: Int, minor: Int) {
        let numbers = release.split { !$0.isNumber }.prefix(2).map { Int($0) ?? 0 }
        return (numbers.first ?? 0, numbers.count > 1 ? numbers[1] : 0)
    }

    /// cgroup.kill. By the version, because the root group does not show the file and there may be no other.
    package var killsGroups: Bool { isAtLeast(5, 14) }

    package func isAtLeast(_ major: Int, _ minor: Int) -> Bool { version >= (major, minor) }

    private static func integer(_ name: String) -> Int? {
        ControlGroupFolder.text(of: "/proc/sys/" + name).flatMap { Int($0.prefix { $0 != "\n" }) }
    }
}
