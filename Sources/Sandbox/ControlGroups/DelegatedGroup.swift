import Glibc
import Model

/// The group that a tree is made in, while it is being opened.
struct DelegatedGroup {
    typealias Controller = ControlGroupLimits.Controller

    private enum Occupants {
        case nobody
        case daemon
        case others
    }

    private let hierarchy: ControlGroupHierarchy
    /// Absolute path of the group that was given to the daemon.
    private let given: String
    /// Absolute path of the group above `tenants`: the given one, or one in it.
    private let base: String
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
        // Where a daemon moved itself, it finds itself again.
        let parent = own.split(separator: "/").dropLast().map { "/" + $0 }.joined()
        if own.hasSuffix("/daemon"), access(parent + "/tenants", W_OK) == 0 {
            given = parent
            base = parent
            return
        }
        guard access(own, W_OK) == 0 else { return nil }
        given = own
        base =
            Self.occupants(of: own, hierarchy) == .daemon
            ? own : own + "/" + ControlGroupTree.name(dataFolder: dataFolder)
    }

    static func refusal(_ hierarchy: ControlGroupHierarchy) -> String {
        "the daemon may not make groups in its control group \(hierarchy.own) (run it as a service with Delegate=yes)"
    }

    mutating func open(disk: String?) -> ControlGroupTree.Opening {
        var controllers: Set<Controller>
        do throws(Problem) {
            controllers = usable(offered(by: try ControlGroupFolder(given)))
            if !controllers.isEmpty, Self.occupants(of: given, hierarchy) == .daemon { try moveDaemon() }
            let tenants = base + "/tenants"
            for path in base == given ? [given, tenants] : [given, base, tenants] {
                let error = hierarchy.makeDirectory(path)
                guard error == 0 || error == EEXIST else { throw Problem(systemCall: "making \(path)", error: error) }
                let folder = try ControlGroupFolder(path)
                for controller in controllers.sorted(by: { $0.rawValue < $1.rawValue }) where !passOn(controller, in: folder) {
                    controllers.remove(controller)
                }
            }
        } catch {
            return .init(tree: nil, enforcement: .none(because: error.description))
        }
        checkDisk(disk, controllers)
        let tree = ControlGroupTree(
            base: base, controllers: controllers, disk: disk, hierarchy: hierarchy, ownsBase: base != given)
        let leftovers = tree.counters()
        tree.sweep()
        return .init(tree: tree, enforcement: Enforcement(controlGroup: base, gaps: gaps), leftovers: leftovers)
    }

    /// The same without doing anything.
    mutating func foresee(disk: String?) -> Enforcement {
        do throws(Problem) {
            checkDisk(disk, usable(offered(by: try ControlGroupFolder(given))))
            return Enforcement(controlGroup: base, gaps: gaps)
        } catch {
            return .none(because: error.description)
        }
    }

    /// The root of all groups is nobody's: the rule against processes beside groups with controllers spares it.
    private static func occupants(of path: String, _ hierarchy: ControlGroupHierarchy) -> Occupants {
        if path == hierarchy.mount, access(path + "/cgroup.type", F_OK) != 0 { return .nobody }
        switch ControlGroupFolder.text(of: path + "/cgroup.procs")?.split(separator: "\n") {
        case []: return .nobody
        case ["\(getpid())"]: return .daemon
        default: return .others
        }
    }

    /// The controllers of the given group, and a gap for each that it has not.
    private mutating func offered(by folder: borrowing ControlGroupFolder) -> Set<Controller> {
        let names = folder.words("cgroup.controllers")
        for controller in Controller.allCases where !names.contains(controller.rawValue) {
            lack(controller, absence(of: controller))
        }
        return Set(Controller.allCases.filter { names.contains($0.rawValue) })
    }

    /// None of them while processes that are not the daemon's are in the group. Some could be enabled even so, but that
    /// would make it a threaded domain, and no process could be put into a group below it (cgroup-v2.rst, *Threads*).
    private mutating func usable(_ controllers: Set<Controller>) -> Set<Controller> {
        guard Self.occupants(of: given, hierarchy) == .others else { return controllers }
        for controller in Controller.allCases where controllers.contains(controller) {
            lack(controller, "other processes than the daemon are in \(given) (run it as a service with Delegate=yes)")
        }
        return []
    }

    /// Takes this process, no other, out of the given group.
    private func moveDaemon() throws(Problem) {
        let path = given + "/daemon"
        let error = hierarchy.makeDirectory(path)
        guard error == 0 || error == EEXIST else { throw Problem(systemCall: "making \(path)", error: error) }
        let result = try ControlGroupFolder(path).write("cgroup.procs", "\(getpid())")
        guard result == 0 else { throw Problem(systemCall: "moving the daemon to \(path)", error: result) }
    }

    /// Lets the groups below have a controller; a gap where that fails.
    private mutating func passOn(_ controller: Controller, in folder: borrowing ControlGroupFolder) -> Bool {
        let error = folder.write("cgroup.subtree_control", "+" + controller.rawValue)
        guard error != 0 else { return true }
        lack(controller, "\(controller.rawValue) cannot be enabled in \(folder.path): \(Problem.text(ofError: error))")
        return false
    }

    private mutating func checkDisk(_ disk: String?, _ controllers: Set<Controller>) {
        guard controllers.contains(.io), disk == nil else { return }
        lack(.io, "the data folder does not lie on a disk of its own number")
    }

    private mutating func lack(_ controller: Controller, _ reason: String) {
        gaps.append(.init(controller.resource, reason: reason, standIn: controller.resource.standIn))
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
