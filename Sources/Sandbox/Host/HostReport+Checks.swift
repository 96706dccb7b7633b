import Glibc
import Model

/// Each check turns one finding into a sentence and, where something is missing, into what to do.
extension HostReport {
    static func kernel(_ features: KernelFeatures) -> Check {
        let name = "kernel"
        if !features.isAtLeast(5, 12) {
            return Check(
                name, .failed, "Linux \(features.release): mounts cannot be made read-only by descriptor",
                hint: "Linux 5.12 or later; Debian 12 has 6.1")
        }
        return Check(name, .ok, "Linux \(features.release)")
    }

    static func namespaces(_ features: KernelFeatures) -> Check {
        let name = "namespaces"
        let found = features.namespaces
        guard !found.canSeal else { return Check(name, .ok, "user, mount, pid, ipc, uts, net and control group") }
        let steps: [(Int32, String)] = [
            (found.user, "a user namespace cannot be made"), (found.all, "the other namespaces cannot be made"),
            (found.mounts, "nothing can be mounted in a namespace"), (found.tmpfs, "no tmpfs can be mounted in a namespace"),
        ]
        let (error, what) = steps.first { $0.0 != 0 } ?? (0, "")
        return Check(name, .failed, "\(what): \(Problem.text(ofError: error))", hint: remedy(features))
    }

    private static func remedy(_ features: KernelFeatures) -> String {
        if features.appArmorRestrictsNamespaces {
            return "install the AppArmor profile that comes with cloister (make install), "
                + "or sysctl kernel.apparmor_restrict_unprivileged_userns=0"
        }
        if features.mostUserNamespaces == 0 { return "sysctl user.max_user_namespaces=15000" }
        if features.unprivilegedNamespaces == false { return "sysctl kernel.unprivileged_userns_clone=1" }
        if features.namespaces.user == ENOSPC || features.namespaces.all == ENOSPC {
            return "a limit of user.max_*_namespaces is reached, or namespaces are nested too deeply"
        }
        return "in a container: allow clone, mount and pivot_root, or run on the host"
    }

    static func proc(_ features: KernelFeatures) -> Check {
        let name = "proc"
        switch features.namespaces.proc {
        case 0: return Check(name, .ok, "a /proc of the child's own processes")
        case -1: return Check(name, .failed, "not tried: namespaces are missing")
        case let error:
            return Check(
                name, .failed, "/proc cannot be mounted in a namespace: \(Problem.text(ofError: error))",
                hint: "take ProtectKernelTunables= and similar off the unit, leave the container, or use profiles with "
                    + "`filesystem: {proc: false}`")
        }
    }

    static func filter(_ features: KernelFeatures) -> Check {
        let name = "system call filter"
        guard features.seccompKillsProcesses else {
            return Check(name, .failed, "seccomp is missing or too old", hint: "Linux 4.14 or later with CONFIG_SECCOMP_FILTER")
        }
        guard features.seccompNotifies else {
            return Check(
                name, .weaker, "seccomp cannot name the call that ends a child: profiles with `kill` do not start",
                hint: "Linux 5.0 or later")
        }
        return Check(name, .ok, "seccomp, with notification")
    }

    static func landlock(_ features: KernelFeatures) -> Check {
        let name = "Landlock"
        guard features.landlock > 0 else {
            return Check(
                name, .weaker, "missing: the private root is the only wall round files",
                hint: features.landlockError == EOPNOTSUPP
                    ? "boot with lsm=landlock,… (it is built in)" : "Linux 5.13 or later with CONFIG_SECURITY_LANDLOCK")
        }
        let lost = LandlockRules(version: features.landlock, grants: [], allowsTCP: false).lost
        guard !lost.isEmpty else { return Check(name, .ok, "version \(features.landlock)") }
        return Check(
            name, .weaker, "version \(features.landlock) does not hold back: \(lost.joined(separator: "; "))",
            hint: "a later kernel")
    }

    static func identities(_ mode: IdentityMode, _ user: HostUser) -> Check {
        let name = "identities"
        switch mode {
        case .range: return Check(name, .ok, "range: a user for each tenant and plugin")
        case .subordinate(let users, _):
            return Check(name, .ok, "subordinate: \(users.count) users from \(users.start) on")
        case .single:
            return Check(
                name, .weaker, "single: all children are user \(user.name ?? "\(user.id)"), because \(IdentityMode.obstacle(user))",
                hint: IdentityMode.remedy(user))
        }
    }

    static func descriptors(_ features: KernelFeatures) -> Check {
        let name = "descriptors"
        let calls = [("pidfd_open", features.hasPidfd), ("memfd_create", features.hasMemoryFiles)]
        let missing = calls.filter { !$0.1 }.map(\.0)
        guard missing.isEmpty else {
            return Check(name, .failed, "refused: \(missing.joined(separator: ", "))", hint: "allow them to the daemon")
        }
        return Check(name, .ok, "process and memory descriptors")
    }

    static func writableCode(_ features: KernelFeatures) -> Check {
        Check(
            "write xor execute", .ok,
            features.hasWriteXorExecute
                ? "by the kernel and the system call filter" : "by the system call filter alone; the kernel's own is Linux 6.3")
    }

    static func links(_ features: KernelFeatures) -> Check {
        let name = "links"
        guard !features.protectsLinks else { return Check(name, .ok, "the kernel does not follow planted links") }
        return Check(
            name, .weaker, "the kernel follows links that other users plant in shared folders",
            hint: "sysctl fs.protected_symlinks=1 fs.protected_hardlinks=1")
    }

    /// What holds a plugin with a network grant to its proxy. One wall is enough; two are said to be two.
    static func wayOut(_ features: KernelFeatures) -> Check {
        Check(
            "way out", .ok,
            features.landlock >= 4
                ? "the proxy alone, by the network namespace and by Landlock"
                : "the proxy alone, by the network namespace; Landlock rules on ports from Linux 6.7 on")
    }

    static func quota(_ resource: Enforcement.Resource, _ enforcement: Enforcement, _ features: KernelFeatures) -> Check {
        let name =
            switch resource {
            case .memory: "memory quota"
            case .processes: "process quota"
            case .cpu: "processor quota"
            case .io: "disk transfer"
            case .kill: "group kill"
            }
        let gaps = enforcement.gaps.filter { $0.resource == resource }
        guard gaps.isEmpty else {
            return Check(
                name, .weaker, gaps.map(\.text).joined(separator: "; "),
                hint: "run the daemon as a systemd service with Delegate=yes on control groups v2")
        }
        guard resource == .kill else { return Check(name, .ok, "by control groups, in \(enforcement.controlGroup ?? "")") }
        return Check(
            name, .ok,
            features.killsGroups ? "whole control groups at once" : "process by process; cgroup.kill is Linux 5.14")
    }
}
