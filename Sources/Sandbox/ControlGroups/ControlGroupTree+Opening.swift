import Glibc
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
    }

    /// Finds or makes the group that children live under, enables controllers, and sweeps what an earlier daemon left.
    ///
    /// Where controllers can only be enabled once the daemon's own group is empty (the rule of cgroup-v2.rst against
    /// inner processes), the daemon moves itself to `daemon` below it; it moves nobody else. Groups of a daemon that
    /// shares its own group with others lie in `cloister-<hash of the data folder>`. What cannot be had is a gap in the
    /// enforcement; only a `path` that cannot be used throws.
    package static func open(
        _ choice: Choice, dataFolder: String, hierarchy: ControlGroupHierarchy? = .probe()
    ) throws(Problem) -> Opening {
        guard choice != .none else { return Opening(tree: nil, enforcement: .none(because: "switched off by `control-group: none`")) }
        guard let hierarchy else {
            let reason = "control groups of version 2 are not mounted here"
            if case .path(let path) = choice { throw Problem(.invalidConfiguration, "control-group \(path): \(reason)") }
            return Opening(tree: nil, enforcement: .none(because: reason))
        }
        var root: Root
        if case .path(let path) = choice {
            root = try Root(hierarchy, path: path)
        } else {
            guard let own = Root(hierarchy, dataFolder: dataFolder) else {
                return Opening(tree: nil, enforcement: .none(because: Root.refusal(hierarchy)))
            }
            root = own
        }
        return root.open(disk: Disk.number(under: dataFolder))
    }

    /// What `open` would find enforced, without making, moving or ending anything: for a command beside a running daemon.
    package static func foresee(
        _ choice: Choice, dataFolder: String, hierarchy: ControlGroupHierarchy? = .probe()
    ) -> Enforcement {
        guard choice != .none else { return .none(because: "switched off by `control-group: none`") }
        guard let hierarchy else { return .none(because: "control groups of version 2 are not mounted here") }
        guard case .automatic = choice else {
            return .none(because: "whether the configured group can be used shows when the daemon starts")
        }
        guard var root = Root(hierarchy, dataFolder: dataFolder) else { return .none(because: Root.refusal(hierarchy)) }
        return root.foresee(disk: Disk.number(under: dataFolder))
    }

    /// 32 bits of FNV-1a over the data folder's path, in hexadecimal: a name that survives restarts and tells daemons apart.
    static func name(dataFolder: String) -> String {
        let hash = dataFolder.utf8.reduce(UInt32(0x811C_9DC5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
        let digits = String(hash, radix: 16)
        return "cloister-" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}

/// The group that a tree is made in, while it is being opened.
private struct Root {
    typealias Controller = ControlGroupLimits.Controller

    let hierarchy: ControlGroupHierarchy
    /// Absolute path of the group that was given to the daemon.
    let given: String
    /// Absolute path of the group above `tenants`: the given one, or one in it.
    let base: String
    private var gaps: [Enforcement.Gap] = []

    /// The group that the operator named.
    init(_ hierarchy: ControlGroupHierarchy, path: String) throws(Problem) {
        let parts = path.split(separator: "/")
        guard path.hasPrefix("/"), !parts.isEmpty, !parts.contains(".."), !parts.contains(".") else {
            throw Problem(.invalidConfiguration, "control-group: expected a path such as /cloister, found \(path)")
        }
        self.hierarchy = hierarchy
        given = hierarchy.mount + "/" + parts.joined(separator: "/")
        base = given
        let error = hierarchy.makeDirectory(given)
        guard error == 0 || error == EEXIST else {
            throw Problem(
                .invalidConfiguration, "control-group \(path): cannot be made in \(hierarchy.mount)",
                hint: "name a group that the daemon's user owns, or `auto`", cause: Problem.text(ofError: error))
        }
    }

    /// The daemon's own group; nil where it may not make groups there.
    init?(_ hierarchy: ControlGroupHierarchy, dataFolder: String) {
        self.hierarchy = hierarchy
        let own = hierarchy.path(hierarchy.own)
        let name = ControlGroupTree.name(dataFolder: dataFolder)
        // Where a daemon moved itself, it finds itself again.
        let parent = own.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        if own.hasSuffix("/daemon"), access(parent + "/tenants", W_OK) == 0 {
            given = parent
            base = parent
            return
        }
        guard access(own, W_OK) == 0 else { return nil }
        given = own
        let isAlone = own != hierarchy.mount || access(own + "/cgroup.type", F_OK) == 0
        base = isAlone && Self.holdsOnlyThisProcess(own) ? own : own + "/" + name
    }

    static func refusal(_ hierarchy: ControlGroupHierarchy) -> String {
        "the daemon may not make groups in its control group \(hierarchy.own) (run it as a service with Delegate=yes)"
    }

    private static func holdsOnlyThisProcess(_ path: String) -> Bool {
        ControlGroupFolder.text(of: path + "/cgroup.procs").map { $0.split(separator: "\n") == ["\(getpid())"] } ?? false
    }

    mutating func open(disk: String?) -> ControlGroupTree.Opening {
        var controllers = Set(Controller.allCases)
        do throws(Problem) {
            let tenants = base + "/tenants"
            for path in base == given ? [given, tenants] : [given, base, tenants] {
                let error = hierarchy.makeDirectory(path)
                guard error == 0 || error == EEXIST else { throw Problem(systemCall: "making \(path)", error: error) }
                let folder = try ControlGroupFolder(path)
                if path == given { controllers.formIntersection(offered(by: folder)) }
                for controller in controllers.sorted(by: { $0.rawValue < $1.rawValue }) where !passOn(controller, in: folder) {
                    controllers.remove(controller)
                }
            }
        } catch {
            return .init(tree: nil, enforcement: .none(because: error.description))
        }
        checkDisk(disk, controllers)
        let tree = ControlGroupTree(base: base, controllers: controllers, disk: disk, hierarchy: hierarchy)
        tree.sweep()
        return .init(tree: tree, enforcement: Enforcement(controlGroup: base, gaps: gaps))
    }

    /// The same without doing anything.
    mutating func foresee(disk: String?) -> Enforcement {
        guard let folder = try? ControlGroupFolder(given) else { return .none(because: "\(given) cannot be opened") }
        var controllers = offered(by: folder)
        let isRoot = given == hierarchy.mount && !folder.has("cgroup.type")
        if !isRoot, !Self.holdsOnlyThisProcess(given), base != given {
            let given = folder.words("cgroup.subtree_control")
            for controller in controllers.sorted(by: { $0.rawValue < $1.rawValue }) where !given.contains(controller.rawValue) {
                lack(controller, Self.crowded(folder.path))
                controllers.remove(controller)
            }
        }
        checkDisk(disk, controllers)
        return Enforcement(controlGroup: base, gaps: gaps)
    }

    private mutating func checkDisk(_ disk: String?, _ controllers: Set<Controller>) {
        guard controllers.contains(.io), disk == nil else { return }
        lack(.io, "the data folder does not lie on a disk of its own number")
    }

    private static func crowded(_ path: String) -> String {
        "other processes than the daemon are in \(path) (run it as a service with Delegate=yes)"
    }

    private mutating func lack(_ controller: Controller, _ reason: String) {
        gaps.append(.init(controller.resource, reason: reason, standIn: controller.resource.standIn))
    }

    /// The controllers of the given group, and a gap for each that it has not.
    private mutating func offered(by folder: borrowing ControlGroupFolder) -> Set<Controller> {
        let names = folder.words("cgroup.controllers")
        for controller in Controller.allCases where !names.contains(controller.rawValue) {
            lack(controller, absence(of: controller))
        }
        return Set(Controller.allCases.filter { names.contains($0.rawValue) })
    }

    /// Lets the groups below have a controller; a gap where that fails.
    private mutating func passOn(_ controller: Controller, in folder: borrowing ControlGroupFolder) -> Bool {
        let name = controller.rawValue
        let error = pass(on: name, in: folder)
        guard error != 0 else { return true }
        lack(
            controller,
            error == EBUSY
                ? Self.crowded(folder.path)
                : "\(name) cannot be enabled in \(folder.path): \(Problem.text(ofError: error))")
        return false
    }

    private func pass(on name: String, in folder: borrowing ControlGroupFolder) -> Int32 {
        let error = folder.write("cgroup.subtree_control", "+" + name)
        // No group but the root may have both processes and children with controllers.
        guard error == EBUSY, folder.path == given, Self.holdsOnlyThisProcess(given), moveDaemon() else { return error }
        return folder.write("cgroup.subtree_control", "+" + name)
    }

    /// Takes this process, no other, out of the given group.
    private func moveDaemon() -> Bool {
        let path = given + "/daemon"
        let error = hierarchy.makeDirectory(path)
        guard error == 0 || error == EEXIST, let folder = try? ControlGroupFolder(path) else { return false }
        return folder.write("cgroup.procs", "\(getpid())") == 0
    }

    private func absence(of controller: Controller) -> String {
        let old = controller == .io ? "blkio" : controller.rawValue
        if let place = hierarchy.versionOne[old] {
            return "this machine has its controller in version 1 of control groups, at \(place)"
        }
        let root = try? ControlGroupFolder(hierarchy.mount).words("cgroup.controllers")
        return root?.contains(controller.rawValue) == true
            ? "the \(controller.rawValue) controller is not delegated to \(given)"
            : "this kernel has no \(controller.rawValue) controller"
    }
}

extension ControlGroupLimits.Controller {
    var resource: Enforcement.Resource {
        switch self {
        case .cpu: .cpu
        case .memory: .memory
        case .pids: .processes
        case .io: .io
        }
    }
}
