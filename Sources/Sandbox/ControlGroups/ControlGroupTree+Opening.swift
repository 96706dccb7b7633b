package import Model

extension ControlGroupTree {
    /// What the configuration's `control-group` asks for.
    package enum Choice: Sendable, Equatable {
        /// The daemon's own group, where it may make groups in it.
        case automatic
        /// A group below the mount, made if it is missing. It belongs to this daemon alone.
        case path(String)
        case none
    }

    /// The tree, if there can be one, and what its controllers enforce.
    package struct Opening: Sendable {
        package let tree: ControlGroupTree?
        package let enforcement: Enforcement
        /// What children of an earlier daemon had used when they were ended.
        package var leftovers: [GroupCounter] = []
    }

    /// Finds or makes the group that children live under, enables controllers, and sweeps what an earlier daemon left.
    ///
    /// A daemon that is alone in its own group uses it whole, and where there are controllers to enable moves itself, and
    /// nobody else, to `daemon` below it. One that shares its group, or is in the root, has its groups in
    /// `cloister-<hash of the data folder>`. What cannot be had is a gap in the enforcement; only a `path` that cannot be
    /// used throws.
    package static func open(
        _ choice: Choice, dataFolder: String, hierarchy: ControlGroupHierarchy? = .probe()
    ) throws(Problem) -> Opening {
        guard choice != .none else { return Opening(tree: nil, enforcement: .none(because: switchedOff)) }
        guard let hierarchy else {
            if case .path(let path) = choice { throw Problem(.invalidConfiguration, "control-group \(path): \(notMounted)") }
            return Opening(tree: nil, enforcement: .none(because: notMounted))
        }
        var group: DelegatedGroup
        if case .path(let path) = choice {
            group = try DelegatedGroup(hierarchy, path: path)
        } else {
            guard let own = DelegatedGroup(hierarchy, dataFolder: dataFolder) else {
                return Opening(tree: nil, enforcement: .none(because: DelegatedGroup.refusal(hierarchy)))
            }
            group = own
        }
        return group.open(disk: Disk.number(under: dataFolder))
    }

    /// What `open` would find enforced, without making, moving or ending anything: for a command beside a running daemon.
    package static func foresee(
        _ choice: Choice, dataFolder: String, hierarchy: ControlGroupHierarchy? = .probe()
    ) -> Enforcement {
        guard choice != .none else { return .none(because: switchedOff) }
        guard let hierarchy else { return .none(because: notMounted) }
        guard case .automatic = choice else {
            return .none(because: "whether the configured group can be used shows when the daemon starts")
        }
        guard var group = DelegatedGroup(hierarchy, dataFolder: dataFolder) else {
            return .none(because: DelegatedGroup.refusal(hierarchy))
        }
        return group.foresee(disk: Disk.number(under: dataFolder))
    }

    private static let switchedOff = "switched off by `control-group: none`"
    private static let notMounted = "control groups of version 2 are not mounted here"

    /// 32 bits of FNV-1a over the data folder's path, in hexadecimal: a name that survives restarts and tells daemons apart.
    static func name(dataFolder: String) -> String {
        let hash = dataFolder.utf8.reduce(UInt32(0x811C_9DC5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        let digits = String(hash, radix: 16)
        return "cloister-" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
