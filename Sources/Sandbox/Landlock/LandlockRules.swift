/// What Landlock is told on a kernel of a given version: a second wall behind the private root, which holds even where a
/// mount is wrong. Pure; the sources are Documentation/userspace-api/landlock.rst and include/uapi/linux/landlock.h.
///
/// Everything that the kernel's version can rule on is ruled on, and refused unless a grant allows it.
package struct LandlockRules: Sendable, Equatable {
    /// What may be done at and below a path.
    package struct Uses: OptionSet, Sendable, Hashable {
        package let rawValue: Int
        package init(rawValue: Int) { self.rawValue = rawValue }

        package static let list = Uses(rawValue: 1)
        package static let read: Uses = [Uses(rawValue: 2), .list]
        package static let execute = Uses(rawValue: 4)
        /// Writing to files that exist; nothing is made or removed.
        package static let overwrite = Uses(rawValue: 8)
        package static let write: Uses = [Uses(rawValue: 16), .overwrite]
    }

    package struct Grant: Sendable, Hashable {
        /// Absolute, in the child's root.
        package var path: String
        package var uses: Uses
        /// Whether the path is a folder. A right that only makes sense in folders is an error on a file (EINVAL).
        package var isFolder: Bool

        package init(_ path: String, _ uses: Uses, isFolder: Bool = true) {
            self.path = path
            self.uses = uses
            self.isFolder = isFolder
        }
    }

    /// Nil on a kernel without Landlock.
    package let ruleset: LaunchPlan.Landlock?
    /// What this kernel's Landlock cannot hold back, one clause each; empty from version 6 on.
    ///
    /// Version 2 is not among them: before it (Linux 5.19) moving a file between two folders is refused in any case.
    package let lost: [String]

    /// The newest version whose rights are known here; a newer kernel is used like this one.
    package static let newest = 7

    /// `version` is what the kernel reports, 0 for none. With `allowsTCP` the child may bind and connect; otherwise it may
    /// connect to `egressPort` alone.
    package init(version: Int, grants: [Grant], allowsTCP: Bool, egressPort: UInt16? = nil) {
        lost = Self.losses.filter { version < $0.since }.map(\.text)
        guard version >= 1 else {
            ruleset = nil
            return
        }
        let handled = Self.handled(version)
        var ruleset = LaunchPlan.Landlock(
            files: handled, network: version >= 4 && !allowsTCP ? Right.bindTCP | Right.connectTCP : 0,
            scopes: version >= 6 ? Right.scopeAbstractSockets | Right.scopeSignals : 0,
            attributeSize: version >= 6 ? 24 : version >= 4 ? 16 : 8,
            rules: grants.compactMap { grant in
                let access = Self.access(for: grant) & handled
                return access == 0 ? nil : .init(path: grant.path, access: access)
            })
        if ruleset.network != 0, let egressPort {
            ruleset.ports = [.init(port: egressPort, access: Right.connectTCP)]
        }
        self.ruleset = ruleset
    }

    private static let losses: [(since: Int, text: String)] = [
        (1, "files outside what the child was given, should one appear in its root (Linux 5.13)"),
        (3, "truncating files that may not be written (Linux 6.2)"),
        (4, "TCP, should the child get a network (Linux 6.7)"),
        (5, "requests to devices by ioctl (Linux 6.10)"),
        (6, "signals and abstract sockets to processes outside (Linux 6.12)"),
    ]

    private static func handled(_ version: Int) -> UInt64 {
        var rights = Right.firstVersion
        if version >= 2 { rights |= Right.refer }
        if version >= 3 { rights |= Right.truncate }
        if version >= 5 { rights |= Right.ioctlDevice }
        return rights
    }

    private static func access(for grant: Grant) -> UInt64 {
        var access: UInt64 = 0
        let uses = grant.uses
        if uses.contains(.list) { access |= Right.readFolder }
        if uses.contains(.read) { access |= Right.readFile }
        if uses.contains(.execute) { access |= Right.execute }
        if uses.contains(.overwrite) { access |= Right.writeFile | Right.truncate }
        if uses.contains(.write) { access |= Right.make | Right.remove | Right.refer }
        return grant.isFolder ? access : access & Right.ofFiles
    }
}

/// LANDLOCK_ACCESS_FS_…, LANDLOCK_ACCESS_NET_… and LANDLOCK_SCOPE_….
private enum Right {
    static let execute: UInt64 = 1 << 0
    static let writeFile: UInt64 = 1 << 1
    static let readFile: UInt64 = 1 << 2
    static let readFolder: UInt64 = 1 << 3
    /// REMOVE_DIR, REMOVE_FILE.
    static let remove: UInt64 = 1 << 4 | 1 << 5
    /// MAKE_DIR, MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_SYM; neither MAKE_CHAR (6) nor MAKE_BLOCK (11).
    static let make: UInt64 = 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 12
    static let firstVersion: UInt64 = (1 << 13) - 1
    static let refer: UInt64 = 1 << 13
    static let truncate: UInt64 = 1 << 14
    static let ioctlDevice: UInt64 = 1 << 15
    static let ofFiles = execute | writeFile | readFile | truncate | ioctlDevice

    static let bindTCP: UInt64 = 1 << 0
    static let connectTCP: UInt64 = 1 << 1
    static let scopeAbstractSockets: UInt64 = 1 << 0
    static let scopeSignals: UInt64 = 1 << 1
}
