import Glibc
package import Model

/// The control groups of this daemon's children: `tenants/<tenant>/<plugin>/<instance>` below a group that is its own.
///
/// A tenant's group holds its quota, an instance's its profile's limits; the kernel applies both. Blocking calls, each some
/// tens of microseconds: they belong on the launcher's thread.
package struct ControlGroupTree: Sendable {
    /// Absolute path of the group above `tenants`.
    package let base: String
    /// Controllers that children's groups have.
    package let controllers: Set<ControlGroupLimits.Controller>
    /// `8:0`, the disk under the data folder; nil where the kernel cannot limit it.
    package let disk: String?
    let hierarchy: ControlGroupHierarchy
    /// Whether `base` was made for this daemon, and not given to it.
    let ownsBase: Bool

    var tenants: String { base + "/tenants" }

    /// Makes the group of an instance, and those of its tenant and plugin where they are missing.
    ///
    /// A group of that name that is left from an earlier life is emptied and removed first. Throws `retryLater` where that
    /// takes longer than 200 ms, `internalFault` where the kernel refuses a limit.
    package func makeGroup(
        tenant: TenantID, plugin: PluginID, instance: Int, limits: ControlGroupLimits, quota: Quota
    ) throws(Problem) -> ControlGroup {
        let tenantPath = "\(tenants)/\(tenant)"
        if try make(tenantPath) { try apply(ControlGroupLimits(quota), to: tenantPath) }
        let pluginPath = "\(tenantPath)/\(plugin)"
        _ = try make(pluginPath)
        let path = "\(pluginPath)/\(instance)"
        var error = hierarchy.makeDirectory(path)
        if error == EEXIST {
            guard ControlGroup.remove(path, within: .milliseconds(200)) else {
                throw Problem(.retryLater, "the control group of an earlier child is not empty yet: \(path)")
            }
            error = hierarchy.makeDirectory(path)
        }
        guard error == 0 else { throw Problem(systemCall: "making \(path)", error: error) }
        try apply(limits, to: path)
        return ControlGroup(
            try ControlGroupFolder(path), memoryLimit: controllers.contains(.memory) ? limits.memory : nil)
    }

    /// Applies a changed quota to a tenant's running children at once; for later ones, give it to `makeGroup`.
    package func setQuota(_ quota: Quota, tenant: TenantID) throws(Problem) {
        let path = "\(tenants)/\(tenant)"
        guard access(path, F_OK) == 0 else { return }
        try apply(ControlGroupLimits(quota), to: path)
    }

    /// What all children of a tenant use together; nil where it has none.
    package func usage(tenant: TenantID) -> ControlGroup.Usage? {
        guard let folder = try? ControlGroupFolder("\(tenants)/\(tenant)") else { return nil }
        return ControlGroup(folder, memoryLimit: nil).usage()
    }

    /// Ends every child of a tenant and removes its groups. False where something could not be ended within a second.
    @discardableResult
    package func remove(tenant: TenantID) -> Bool { remove("\(tenants)/\(tenant)") }

    /// Ends whatever an earlier daemon of the same data folder left behind and removes its groups. At start only.
    @discardableResult
    package func sweep() -> Bool {
        ControlGroupFolder.children(of: tenants).reduce(true) { remove("\(tenants)/\($1)") && $0 }
    }

    /// Ends what is left and takes away what was made for this daemon; a group that was given to it stays.
    package func close() {
        sweep()
        rmdir(tenants)
        if ownsBase { rmdir(base) }
    }

    private func remove(_ path: String) -> Bool {
        if let folder = try? ControlGroupFolder(path) { ControlGroup.kill(folder) }
        return ControlGroup.remove(path, within: .seconds(1))
    }

    /// Makes a group that passes its controllers on; false where it is there already.
    private func make(_ path: String) throws(Problem) -> Bool {
        let error = hierarchy.makeDirectory(path)
        if error == EEXIST { return false }
        guard error == 0 else { throw Problem(systemCall: "making \(path)", error: error) }
        let folder = try ControlGroupFolder(path)
        for controller in controllers.sorted(by: { $0.rawValue < $1.rawValue }) {
            let error = folder.write("cgroup.subtree_control", "+\(controller.rawValue)")
            guard error == 0 else { throw Problem(systemCall: "enabling \(controller.rawValue) in \(path)", error: error) }
        }
        return true
    }

    private func apply(_ limits: ControlGroupLimits, to path: String) throws(Problem) {
        let folder = try ControlGroupFolder(path)
        for setting in limits.settings(disk: disk) where controllers.contains(setting.controller) {
            let error = folder.write(setting.file, setting.value)
            if error == 0 || (error == ENOENT && setting.isOptional) { continue }
            throw Problem(systemCall: "writing \(setting.value) to \(path)/\(setting.file)", error: error)
        }
    }
}
