import CLinux
import Glibc

/// Who the daemon is, and which identities it may give to others.
package struct HostUser: Sendable, Equatable {
    package var id: UInt32
    package var name: String?
    /// Whether it may write any identity into a child's map: CAP_SETUID and CAP_SETGID, over the whole range of
    /// `IdentityMode.range` in its own user namespace.
    package var mapsFreely: Bool
    /// Whether newuidmap and newgidmap are installed, with the privilege that they need.
    package var hasMapTools: Bool
    /// Whether such a program would get its privilege when it starts it: not under NoNewPrivileges=, and not without
    /// CAP_SETUID and CAP_SETGID in the bounding set.
    package var mayGainPrivilege: Bool
    package var users: [SubordinateRange]
    package var groups: [SubordinateRange]

    package init(
        id: UInt32, name: String?, mapsFreely: Bool, hasMapTools: Bool, mayGainPrivilege: Bool = true,
        users: [SubordinateRange] = [], groups: [SubordinateRange] = []
    ) {
        self.id = id
        self.name = name
        self.mapsFreely = mapsFreely
        self.hasMapTools = hasMapTools
        self.mayGainPrivilege = mayGainPrivilege
        self.users = users
        self.groups = groups
    }

    package static func probe() -> HostUser {
        let id = geteuid()
        let name = getpwuid(id).map { String(cString: $0.pointee.pw_name) }
        func ranges(_ path: String) -> [SubordinateRange] {
            SubordinateRange.all(in: ControlGroupFolder.text(of: path) ?? "", userName: name, userID: id)
        }
        let status = ControlGroupFolder.text(of: "/proc/self/status") ?? ""
        let map = ControlGroupFolder.text(of: "/proc/self/uid_map") ?? ""
        return HostUser(
            id: id, name: name, mapsFreely: holdsSetID(status: status) && covers(map: map),
            hasMapTools: ["/usr/bin/newuidmap", "/usr/bin/newgidmap"].allSatisfy(isPrivileged),
            mayGainPrivilege: mayGainPrivilege(status: status), users: ranges("/etc/subuid"), groups: ranges("/etc/subgid"))
    }

    /// Whether CapEff in proc(5)'s status has CAP_SETGID (6) and CAP_SETUID (7).
    static func holdsSetID(status: String) -> Bool { hasSetID("CapEff", status) }

    /// Whether NoNewPrivs in proc(5)'s status is off and CapBnd has CAP_SETGID and CAP_SETUID.
    static func mayGainPrivilege(status: String) -> Bool {
        value(of: "NoNewPrivs", status) == "0" && hasSetID("CapBnd", status)
    }

    private static func hasSetID(_ set: String, _ status: String) -> Bool {
        value(of: set, status).flatMap { UInt64($0, radix: 16) }.map { $0 & 0xC0 == 0xC0 } ?? false
    }

    private static func value(of key: String, _ status: String) -> String? {
        status.split(separator: "\n").first { $0.hasPrefix(key + ":") }
            .map { String($0.dropFirst(key.count + 1).filter { !$0.isWhitespace }) }
    }

    /// Whether a uid_map (user_namespaces(7)) contains every number of `IdentityMode.range`.
    static func covers(map: String) -> Bool {
        map.split(separator: "\n").contains { line in
            let numbers = line.split(whereSeparator: \.isWhitespace).compactMap { UInt64($0) }
            guard numbers.count == 3 else { return false }
            let wanted = UInt64(IdentityMode.rangeBase)..<UInt64(IdentityMode.rangeBase + IdentityMode.rangeCount)
            return numbers[0] <= wanted.lowerBound && wanted.upperBound <= numbers[0] + numbers[2]
        }
    }

    /// Debian installs them setuid, others with a file capability, which shows as an extended attribute.
    private static func isPrivileged(_ path: String) -> Bool {
        var status = stat()
        guard access(path, X_OK) == 0, stat(path, &status) == 0 else { return false }
        return status.st_mode & S_ISUID != 0 || cloister_has_capabilities(path) == 1
    }
}
