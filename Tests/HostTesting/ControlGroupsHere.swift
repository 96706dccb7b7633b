import Glibc
import Sandbox

/// The kernel's own control groups, as this process may use them.
package enum ControlGroupsHere {
    package static let arePossible: Bool = {
        guard let hierarchy = ControlGroupHierarchy.probe() else { return false }
        return access(hierarchy.path(hierarchy.own), W_OK) == 0
    }()
}
