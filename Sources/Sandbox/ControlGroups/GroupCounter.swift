import Glibc
package import Model

/// The processor time that all children of a plugin of a tenant have used, those that have ended included, since its group
/// was made.
package struct GroupCounter: Sendable, Hashable {
    package let tenant: TenantID
    package let plugin: PluginID
    /// Names the group for ever: one that is made again under the same path is another.
    package let source: String
    package let cpuMicroseconds: Int64
}

extension ControlGroupTree {
    /// The counters of all groups that there are. Blocks for some tens of microseconds a group.
    package func counters() -> [GroupCounter] {
        guard let boot = ControlGroupFolder.text(of: "/proc/sys/kernel/random/boot_id")?.prefix(36) else { return [] }
        return ControlGroupFolder.children(of: tenants).flatMap { tenant -> [GroupCounter] in
            guard let id = TenantID(rawValue: tenant) else { return [] }
            let path = "\(tenants)/\(tenant)"
            return ControlGroupFolder.children(of: path).compactMap { counter(of: "\(path)/\($0)", id, $0, boot: boot) }
        }
    }

    private func counter(of path: String, _ tenant: TenantID, _ name: String, boot: Substring) -> GroupCounter? {
        guard let plugin = PluginID(rawValue: name), let folder = try? ControlGroupFolder(path) else { return nil }
        var status = stat()
        guard fstat(folder.descriptor.number, &status) == 0, let used = folder.value(of: "usage_usec", in: "cpu.stat")
        else { return nil }
        return GroupCounter(tenant: tenant, plugin: plugin, source: "\(boot)/\(status.st_ino)", cpuMicroseconds: used)
    }
}
