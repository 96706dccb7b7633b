import Glibc

/// Where control groups of version 2 are mounted, and which of them this process is in.
package struct ControlGroupHierarchy: Sendable {
    /// Absolute path of the mount.
    package let mount: String
    /// The own group, relative to the mount: `/` or `/system.slice/cloister.service`.
    package let own: String
    /// Controllers that version 1 holds, with where: version 2 cannot have them.
    package let versionOne: [String: String]
    /// mkdir(2) as 0 or an errno; the kernel fills a new group with its files. Tests bring a kernel of their own.
    let makeDirectory: @Sendable (String) -> Int32

    package init(
        mount: String, own: String, versionOne: [String: String] = [:],
        makeDirectory: @escaping @Sendable (String) -> Int32 = { mkdir($0, 0o755) == 0 ? 0 : errno }
    ) {
        self.mount = mount
        self.own = own
        self.versionOne = versionOne
        self.makeDirectory = makeDirectory
    }

    /// What this machine has; nil where version 2 is not mounted or the own group lies outside of the mount.
    package static func probe() -> ControlGroupHierarchy? {
        guard let mounts = ControlGroupFolder.text(of: "/proc/self/mountinfo"),
            let groups = ControlGroupFolder.text(of: "/proc/self/cgroup")
        else { return nil }
        return ControlGroupHierarchy(mountinfo: mounts, groups: groups)
    }

    /// Reads proc(5)'s mountinfo and cgroup(7)'s /proc/self/cgroup.
    init?(mountinfo: String, groups: String) {
        guard let line = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
        let own = String(line.dropFirst(3))
        var versionOne: [String: String] = [:]
        var found: (mount: String, own: String)?
        for line in mountinfo.split(separator: "\n") {
            // 36 35 98:0 /root /mountpoint options [optional…] - type source super-options
            let halves = line.split(separator: " - ", maxSplits: 1)
            guard halves.count == 2 else { continue }
            let fields = halves[0].split(separator: " ")
            let kind = halves[1].split(separator: " ")
            guard fields.count >= 5, kind.count >= 2 else { continue }
            let mount = Self.unescaped(fields[4])
            switch kind[0] {
            case "cgroup":
                for name in kind.last?.split(separator: ",") ?? [] { versionOne[String(name)] = mount }
            case "cgroup2":
                let root = Self.unescaped(fields[3])
                guard found == nil, let below = Self.path(own, below: root) else { continue }
                found = (mount, below)
            default: continue
            }
        }
        guard let found else { return nil }
        self.init(mount: found.mount, own: found.own, versionOne: versionOne)
    }

    /// A path inside the mount for a group of /proc/self/cgroup, where the mount shows the subtree `root` only.
    private static func path(_ path: String, below root: String) -> String? {
        if root == "/" { return path }
        if path == root { return "/" }
        return path.hasPrefix(root + "/") ? String(path.dropFirst(root.count)) : nil
    }

    /// mountinfo writes space, tab, newline and backslash as octal escapes.
    private static func unescaped(_ text: Substring) -> String {
        var result = String(text)
        for (code, character) in [(#"\040"#, " "), (#"\011"#, "\t"), (#"\012"#, "\n"), (#"\134"#, #"\"#)] {
            result = result.split(separator: code, omittingEmptySubsequences: false).joined(separator: character)
        }
        return result
    }

    /// The absolute path of a group.
    package func path(_ group: String) -> String { group == "/" ? mount : mount + group }
}
