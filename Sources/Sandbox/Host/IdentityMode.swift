package import Model

/// Which user of the host a child is. Inside it is always user 1000.
///
/// A *slot* is the number that the daemon gave to a pair of tenant and plugin, for good.
package enum IdentityMode: Sendable, Equatable {
    /// One user and group for each slot, from 1,900,000,000 on; the daemon is privileged. File ownership separates tenants
    /// even where a namespace fails.
    case range
    /// The same from what /etc/subuid and /etc/subgid give to the daemon's user, through newuidmap and newgidmap.
    case subordinate(users: SubordinateRange, groups: SubordinateRange)
    /// The daemon's own user for all children.
    case single

    package enum Choice: String, Sendable, CaseIterable {
        case auto, range, subordinate, single
    }

    /// Beyond what systemd, its containers and common directories of users hand out (systemd, UIDS-GIDS.md).
    package static let rangeBase: UInt32 = 1_900_000_000
    package static let rangeCount: UInt32 = 1_000_000

    /// A smaller range than this is not worth its name: tools give 65,536.
    static let smallestRange: UInt32 = 256

    /// The word of the configuration and of `status`.
    package var name: String {
        switch self {
        case .range: "range"
        case .subordinate: "subordinate"
        case .single: "single"
        }
    }

    /// How many slots there are; nil for any number.
    package var slots: UInt32? {
        switch self {
        case .range: Self.rangeCount
        case .subordinate(let users, let groups): min(users.count, groups.count)
        case .single: nil
        }
    }

    /// The identity of a slot. Throws `quotaExceeded` where the range has no number left for it.
    package func identity(slot: UInt32) throws(Problem) -> LaunchPlan.Identity {
        if let slots, slot >= slots {
            throw Problem(
                .quotaExceeded, "no identity left: \(slots) pairs of tenant and plugin have one",
                hint: self == .range ? nil : "give the daemon's user a larger range in /etc/subuid and /etc/subgid")
        }
        switch self {
        case .range: return .init(mapping: .direct(user: Self.rangeBase + slot, group: Self.rangeBase + slot))
        case .subordinate(let users, let groups):
            return .init(mapping: .tools(user: users.start + slot, group: groups.start + slot))
        case .single: return .init(mapping: .single)
        }
    }

    /// The best mode for a user, or the one that was asked for; `invalidConfiguration` where that is not to be had.
    package static func select(_ choice: Choice, for user: HostUser) throws(Problem) -> IdentityMode {
        switch choice {
        case .single: return .single
        case .range:
            guard user.mapsFreely else {
                throw Problem(
                    .invalidConfiguration, "identities: range is not possible for user \(user.name ?? "\(user.id)")",
                    hint: "it needs CAP_SETUID and CAP_SETGID; choose subordinate or auto")
            }
            return .range
        case .subordinate:
            guard let mode = subordinate(user, atLeast: 1) else {
                throw Problem(
                    .invalidConfiguration,
                    "identities: subordinate is not possible for user \(user.name ?? "\(user.id)"): \(obstacle(user))",
                    hint: remedy(user))
            }
            return mode
        case .auto:
            if user.mapsFreely { return .range }
            return subordinate(user, atLeast: smallestRange) ?? .single
        }
    }

    private static func subordinate(_ user: HostUser, atLeast count: UInt32) -> IdentityMode? {
        guard user.hasMapTools, user.mayGainPrivilege, let users = user.users.largest, let groups = user.groups.largest,
            min(users.count, groups.count) >= count
        else { return nil }
        return .subordinate(users: users, groups: groups)
    }

    /// Why there are no subordinate identities.
    static func obstacle(_ user: HostUser) -> String {
        if !user.hasMapTools { return "newuidmap and newgidmap are not installed" }
        if !user.mayGainPrivilege { return "newuidmap and newgidmap can gain no privilege here" }
        if user.users.isEmpty { return "/etc/subuid has no range for it" }
        if user.groups.isEmpty { return "/etc/subgid has no range for it" }
        return "its ranges in /etc/subuid and /etc/subgid are smaller than \(smallestRange)"
    }

    static func remedy(_ user: HostUser) -> String {
        if user.hasMapTools, !user.mayGainPrivilege {
            return "start the daemon without NoNewPrivileges= and with CAP_SETUID and CAP_SETGID in CapabilityBoundingSet="
        }
        return user.hasMapTools
            ? "usermod --add-subuids \(rangeBase)-\(rangeBase + 65_535) --add-subgids \(rangeBase)-\(rangeBase + 65_535) "
                + (user.name ?? "\(user.id)")
            : "apt install uidmap"
    }
}
